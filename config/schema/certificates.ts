import { z } from "zod";
import { duration, objectName } from "./common";

const times = (validity: string, renewBefore: string) => ({
    validity: duration()
        .default(validity)
        .describe(
            "How long a certificate is valid, in whole hours; that of the stack's own authority three times as long",
        ),
    renewBefore: duration().default(renewBefore).describe("How long before its end a certificate is renewed"),
});

/** Where the certificates come from by which the API server calls pods of the stack. */
export const certificatesSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({
            kind: z
                .literal("generated")
                .describe(
                    "Made by the program, with an authority of the stack's own; the next `pulumi up` renews them",
                ),
            // Nobody may run `pulumi up` for two years.
            ...times("1095d", "365d"),
        }),
        z.strictObject({
            kind: z
                .literal("certManager")
                .describe("Made and renewed by cert-manager, which is in the cluster already"),
            ...times("90d", "30d"),
            issuer: z
                .strictObject({
                    kind: z.enum(["Issuer", "ClusterIssuer"]).default("ClusterIssuer"),
                    name: objectName().describe("Name of the issuer; an Issuer is in the stack's namespace"),
                })
                .optional()
                .describe(
                    "Issuer that tells its authority in the Secret (`ca.crt`), which an ACME one doesn't; " +
                        "default: an authority of the stack's own, made by cert-manager",
                ),
        }),
    ])
    .prefault({ kind: "generated" })
    .describe("Serving certificates of the parts that the API server calls: admission webhook, custom metrics API");

export type CertificatesSettings = z.output<typeof certificatesSchema>;
