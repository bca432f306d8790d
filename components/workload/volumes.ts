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

/**
 * Fields that the cluster fills in of such a claim. Once imported, they are among the claim's inputs, and the spec of a claim
 * can't change: without `ignoreChanges` for them the claim would have to be replaced.
 */
export function filledInClaimFields(volume: Volume, platform: Platform): string[] {
    const { storageClassName } = claimSpec(volume, platform);
    return ["spec.volumeName", "spec.volumeMode", ...(storageClassName === undefined ? ["spec.storageClassName"] : [])];
}

/** What becomes of the claims of a StatefulSet: where data is protected they outlive it. */
export function claimRetention(platform: Platform) {
    return {
        whenDeleted: platform.protectData ? ("Retain" as const) : ("Delete" as const),
        whenScaled: "Retain" as const,
    };
}
