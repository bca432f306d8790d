import { z } from "zod";
import { certificates, dnsLabel, duration, hostName, port, resources, volume } from "./common";

/** What stands for an alert's name in `alerting.runbookUrl`. */
export const alertPlaceholder = "{alert}";

const runbookUrl = () => {
    const error = `expected a URL with ${alertPlaceholder} in it, such as https://example.com/runbooks/${alertPlaceholder}.md`;
    return z
        .string({ error })
        .regex(/^https?:\/\/[^\s{}]+\{alert\}[^\s{}]*$/, { error })
        .meta({ title: "URL" });
};

const email = () => z.email({ error: "expected an e-mail address" }).meta({ title: "e-mail address" });

export const alertingSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("none").describe("No Alertmanager") }),
        z.strictObject({
            kind: z.literal("alertmanager"),
            replicas: z.int().min(1).default(2).describe("Alertmanagers that gossip; any survivor still notifies"),
            retention: duration().default("120h").describe("How long silences and notification state are kept"),
            volume: volume("1Gi"),
            resources: resources({ cpu: "25m", memory: "100Mi" }),
            smtp: z
                .strictObject({
                    host: hostName().describe("Mail server"),
                    port: port().default(587),
                    from: email().describe("Sender of the notifications"),
                    username: z
                        .string()
                        .min(1)
                        .optional()
                        .describe(
                            "Login; its password is secrets.smtpPassword. Without it mail is sent unauthenticated",
                        ),
                    requireTls: z.boolean().default(true).describe("Refuse to send without STARTTLS"),
                    caCertificate: certificates()
                        .optional()
                        .describe(
                            "Certificate of the private CA that signed the mail server's; no other is trusted then. " +
                                "Default: the public CAs",
                        ),
                })
                .optional()
                .describe("Mail server for every email receiver; without it alerts are only seen in the UI"),
            receivers: z
                .record(
                    dnsLabel(),
                    z.discriminatedUnion("kind", [
                        z.strictObject({
                            kind: z.literal("email"),
                            to: z.array(email()).min(1).describe("Addresses that get the mail"),
                            sendResolved: z.boolean().default(true),
                        }),
                    ]),
                )
                .default({})
                .describe("Who is told, by name"),
            defaultReceiver: dnsLabel().optional().describe("Receiver of what no route takes; required with receivers"),
            routes: z
                .array(
                    z
                        .strictObject({
                            receiver: dnsLabel(),
                            severity: z
                                .array(z.enum(["critical", "warning", "info"]))
                                .min(1)
                                .optional(),
                            namespace: z.array(z.string().min(1)).min(1).optional(),
                            repeatInterval: duration().optional(),
                        })
                        .describe("First match wins"),
                )
                .default([])
                .describe("Routing by severity and namespace, in order"),
            runbookUrl: runbookUrl()
                .optional()
                .describe(
                    `Page of an alert, ${alertPlaceholder} for its name: where you keep docs/runbooks, or pages of ` +
                        "your own; becomes the annotation `runbook_url`, which alerts don't have without it",
                ),
            groupWait: duration().default("30s"),
            groupInterval: duration().default("5m"),
            repeatInterval: duration().default("12h"),
        }),
    ])
    .prefault({ kind: "alertmanager" })
    .describe("Routing and delivery of alerts");

export type AlertingSettings = z.output<typeof alertingSchema>;
export type AlertmanagerSettings = Extract<AlertingSettings, { kind: "alertmanager" }>;
