/** Keys of all certificates: small, and known to every TLS library. */
export const keyType = { algorithm: "ECDSA", ecdsaCurve: "P256" } as const;
