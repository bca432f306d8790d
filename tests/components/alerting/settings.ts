import { type AlertmanagerSettings, type AreaInput, settingsSchema } from "../../../config/schema";

type AlertmanagerInput = Extract<NonNullable<AreaInput["alerting"]>, { kind: "alertmanager" }>;

/** A receiver as a stack file has it. */
export type ReceiverInput = NonNullable<AlertmanagerInput["receivers"]>[string];

/** A route as a stack file has it. */
export type RouteInput = NonNullable<AlertmanagerInput["routes"]>[number];

/** Settings of an Alertmanager, defaults filled in. */
export function alertmanagerSettings(input: Omit<AlertmanagerInput, "kind"> = {}): AlertmanagerSettings {
    const { alerting } = settingsSchema.parse({
        cluster: { name: "test" },
        alerting: { ...input, kind: "alertmanager" },
    });
    if (alerting.kind !== "alertmanager") {
        throw new Error("the settings have no Alertmanager");
    }
    return alerting;
}

export type { AlertmanagerSettings } from "../../../config/schema";
