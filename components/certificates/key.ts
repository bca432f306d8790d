import { parseDuration } from "../../config/units";

/** Keys of all certificates: small, and known to every TLS library. */
export const keyType = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;

/** Whole hours of a duration. */
export function hoursOf(duration: string): number {
    return parseDuration(duration) / 3_600_000;
}
