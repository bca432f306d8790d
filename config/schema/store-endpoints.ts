import { z } from "zod";
import { address, certificates, objectName } from "./common";

const tls = z
    .discriminatedUnion("kind", [
        z.strictObject({
            kind: z.literal("verified").describe("By a certificate, which is verified"),
            caCertificate: certificates()
                .optional()
                .describe("Private CA that signed the servers' certificates; default: the public CAs"),
            serverName: z
                .string()
                .min(1)
                .optional()
                .describe("Name in the servers' certificates; default: the host of the address"),
            clientSecretName: objectName()
                .optional()
                .describe(
                    "Secret of the stack's namespace with the certificate that Thanos Query shows, keys `tls.crt` and `tls.key`",
                ),
        }),
        z.strictObject({ kind: z.literal("none").describe("In plain text, for a network that is trusted") }),
    ])
    .prefault({ kind: "verified" })
    .describe("How the connection is protected");

/** Thanos of another cluster, which this one's Query asks too. */
export const storeEndpointSchema = z.strictObject({
    addresses: z
        .array(address("thanos.east.example.com:443"))
        .min(1)
        .describe("Servers of the StoreAPI (gRPC): that cluster's Thanos Query, or its sidecars and store gateways"),
    tls,
});

export type StoreEndpointSettings = z.output<typeof storeEndpointSchema>;
