import { receiverSecretKey, type ReceiverSecretKey, receiverSecrets } from "../schema";
import { receiverSchema } from "../schema/receivers";
import { type Profile, type ProfileName, profiles } from ".";

/** Keys of the secrets without which a profile's receivers of alerts reach nobody: each stack file has to give them. */
export function profileReceiverSecrets(name: ProfileName): ReceiverSecretKey[] {
    const { alerting }: Profile["settings"] = profiles[name].settings;
    const receivers = alerting?.kind === "alertmanager" ? (alerting.receivers ?? {}) : {};
    return Object.entries(receivers).flatMap(([receiver, settings]) =>
        receiverSecrets(receiverSchema.parse(settings)).map((field) => receiverSecretKey(receiver, field)),
    );
}
