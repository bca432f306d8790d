import type { Volume } from "../../config/schema";
import type { Platform } from "../platform/platform";

/** Spec of the claim behind a replica's volume, of its own class or the stack's. */
export function claimSpec(volume: Volume, platform: Platform) {
    const storageClassName = volume.storageClass ?? platform.storageClass;
    return {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: volume.size } },
        ...(storageClassName === undefined ? {} : { storageClassName }),
    };
}

/** What becomes of the claims of a StatefulSet: where data is protected they outlive it. */
export function claimRetention(platform: Platform) {
    return {
        whenDeleted: platform.protectData ? ("Retain" as const) : ("Delete" as const),
        whenScaled: "Retain" as const,
    };
}
