import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { platforms } from "../config/platforms";
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNames, profiles } from "../config/profiles";
import { profileReceiverSecrets } from "../config/profiles/secrets";
import type { Image } from "../config/versions";
import { componentImages, resolveImages } from "../config/versions";
import { committedConfig, type ConfigValues } from "./engine";
import { UserError } from "../cli/errors";
import { inRunDir } from "./paths";
import { readIfExists, writePrivateFile } from "./processes";
import type { S3Server } from "./s3";

const stackFileSchema = z.object({
    config: z.looseObject({
        "perch:profile": z.string().default(DEFAULT_PROFILE),
        "perch:images": z.partialRecord(z.enum(componentImages), z.string()).default({}),
    }),
});

/** Where pods on a real node find what isn't a pod. */
export interface RealPeers {
    /** Address of the node: of its API server, its kubelet, its S3 API and its mail server. */
    node: string;
    apiServerPort: number;
    smtpPort: number;
    /** PEM of the authority that signed the mail server's certificate. */
    mailCa: string;
}

/**
 * What only pods that run can serve: an API server that waits for one in vain refuses to delete a namespace, or is slow to
 * take a rule. `make status` tells what is off.
 */
export const simulatedValues: ConfigValues = {
    "perch:metrics": { operator: { admissionWebhook: { enabled: false } } },
    "perch:autoscaling": { kind: "none" },
};

/** The parts that {@link simulatedValues} turns off, in words. */
export const offWhereSimulated = [
    "the admission webhook of the operator",
    "the custom metrics API (prometheus-adapter)",
];

/** The profile that was asked for. @throws UserError when there is none of that name */
export function profileNamed(name: string): ProfileName {
    const found = profileNames.find((known) => known === name);
    if (found === undefined) {
        throw new UserError(`There is no profile "${name}"; there are: ${profileNames.join(", ")}.`);
    }
    return found;
}

/** The profile that was asked for, or that of the stack file. */
const chosen = (profile: ProfileName | undefined) => profile ?? profileNamed(stackFile()["perch:profile"]);

/** Every value of the key `storageClass`, at any depth. */
export function storageClassesIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, item]) =>
        key === "storageClass" && typeof item === "string" ? [item] : storageClassesIn(item),
    );
}

/** The storage classes that any profile, platform or the stack file names: a provisioned cluster has them. */
export function storageClasses(): string[] {
    const stackFile: unknown = parse(fs.readFileSync(committedConfig, "utf8"));
    return [...new Set(storageClassesIn([profiles, platforms, stackFile]))];
}

/** The images of the stack, by reference. */
export function stackImages(): string[] {
    const images: Readonly<Record<string, Image>> = resolveImages(stackFile()["perch:images"]);
    return Object.values(images).map(({ image }) => image);
}

/**
 * What the sandbox lays over the stack file. The region stays that of the profile, where it names one.
 * @param pods of a real node, where they find their peers; simulated ones; or those of a cluster of the user
 */
export function stackValues(
    profile: ProfileName | undefined,
    s3: Omit<S3Server, "outcome">,
    pods: RealPeers | "simulated" | "own",
): ConfigValues {
    const { settings }: Profile = profiles[chosen(profile)];
    const { objectStorage } = settings;
    return {
        ...(profile === undefined ? {} : { "perch:profile": profile }),
        ...profileValues(chosen(profile)),
        "perch:objectStorage": {
            kind: "compatible",
            endpoint: s3.endpoint,
            caCertificate: fs.readFileSync(s3.caFile, "utf8"),
            region:
                objectStorage?.kind === "compatible" && objectStorage.region !== undefined
                    ? objectStorage.region
                    : s3.region,
            access: { kind: "user" },
        },
        ...(pods === "simulated" ? simulatedValues : pods === "own" ? {} : realValues(settings, pods)),
    };
}

/** A password for the mail account of the alerts, the same in every run. */
export function mailPassword(): string {
    const file = inRunDir("pulumi", "mail-password");
    const kept = readIfExists(file);
    if (kept !== undefined) {
        return kept;
    }
    const made = randomBytes(18).toString("base64url");
    writePrivateFile(file, made);
    return made;
}

/** NetworkPolicies don't go with a Prometheus that anybody may reach: such a profile keeps its own answer to them. */
function ownPolicies({ metrics, networkPolicies }: Profile["settings"]): Profile["settings"]["networkPolicies"] {
    return metrics?.exposure === undefined || metrics.exposure.kind === "none" ? {} : networkPolicies;
}

/** What the committed stack file says that a profile can't have, in the profile's own words. */
export function profileValues(profile: ProfileName): ConfigValues {
    const { settings }: Profile = profiles[profile];
    return {
        "perch:networkPolicies": ownPolicies(settings),
        // Without an Alertmanager there is nothing that a dead man's switch could hear of.
        ...(settings.alerting?.kind === "none" ? { "perch:alerting": undefined } : {}),
    };
}

/**
 * Secrets of the receivers that the profile brings along, by full key: addresses at which nobody is.
 * @param profile that was asked for; absent: that of the stack file
 */
export function receiverSecrets(profile: ProfileName | undefined): Record<string, string> {
    return Object.fromEntries(
        profileReceiverSecrets(chosen(profile)).map((key) => [
            `perch:${key}`,
            `https://${key.split(".")[1] ?? ""}.invalid/`,
        ]),
    );
}

/** Name of the mail account of the alerts. */
export const mailUser = "alerts";

/** One node in place of a cluster, its addresses, and blocks that are done within minutes: nothing else differs. */
function realValues(settings: Profile["settings"], { node, apiServerPort, smtpPort, mailCa }: RealPeers): ConfigValues {
    const cidrs = [`${node}/32`];
    const { alerting } = settings;
    const sendsMail = alerting?.kind === "alertmanager" && alerting.smtp !== undefined;
    return {
        // Left unsaid: replicas share the one node.
        "perch:cluster": { nodes: undefined },
        "perch:metrics": { blockLength: "2m" },
        "perch:networkPolicies": {
            ...ownPolicies(settings),
            apiServer: { cidrs, ports: [apiServerPort] },
            nodes: { cidrs },
            objectStorage: { cidrs },
            smtp: { cidrs },
        },
        ...(sendsMail
            ? {
                  "perch:alerting": {
                      smtp: { host: node, port: smtpPort, username: mailUser, caCertificate: mailCa },
                  },
              }
            : {}),
    };
}

function stackFile(): z.output<typeof stackFileSchema>["config"] {
    return stackFileSchema.parse(parse(fs.readFileSync(committedConfig, "utf8"))).config;
}
