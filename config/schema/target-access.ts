import { z } from "zod";
import { objectName, text } from "./common";

const dataKey = () =>
    text(
        "key",
        /^[-._a-zA-Z0-9]{1,253}$/,
        "expected a key of a Secret or ConfigMap: letters, digits, dashes, underscores and dots",
    );

/** How a server proves itself to Prometheus over https, and Prometheus to the server; none of it is in the stack file. */
export const tls = () =>
    z
        .strictObject({
            ca: z
                .strictObject({
                    kind: z.enum(["secret", "configMap"]).describe("What holds it"),
                    name: objectName().describe("Its name, in the stack's namespace"),
                    key: dataKey().default("ca.crt").describe("Key with the certificates, PEM"),
                })
                .optional()
                .describe("Private CA that signed the server's certificate; default: the public CAs"),
            serverName: z
                .string()
                .min(1)
                .optional()
                .describe("Name in the server's certificate; default: the host of the address, of pods their IP"),
            clientSecretName: objectName()
                .optional()
                .describe(
                    "Secret of the stack's namespace with the certificate that Prometheus shows, keys `tls.crt` and `tls.key`",
                ),
        })
        .describe("What https is checked by, and with which certificate Prometheus calls");

/** A login that a Secret of the stack's namespace holds, which the stack doesn't make. */
export const login = () =>
    z
        .discriminatedUnion("kind", [
            z.strictObject({
                kind: z.literal("basic").describe("User name and password: keys `username` and `password`"),
                secretName: objectName().describe("Secret of the stack's namespace"),
            }),
            z.strictObject({
                kind: z.literal("bearer").describe("Header `Authorization: Bearer`"),
                secretName: objectName().describe("Secret of the stack's namespace"),
                key: dataKey().default("token").describe("Its key with the token"),
            }),
        ])
        .describe("How the server knows Prometheus; over http anybody on the way can read it");

/** What Prometheus needs to be let in. */
export interface AccessSettings {
    tls?: z.output<ReturnType<typeof tls>> | undefined;
    login?: z.output<ReturnType<typeof login>> | undefined;
}
