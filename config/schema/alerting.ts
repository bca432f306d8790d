import { z } from "zod";
import { callers, certificates, dnsLabel, duration, email, hostName, port, resources, volume } from "./common";
import { deadMansSwitchSchema } from "./dead-mans-switch";
import { receiverSchema } from "./receivers";
import { groupBy, inhibitRuleSchema, routeSchema, timeIntervalSchema } from "./routes";

/** What stands for an alert's name in `alerting.runbookUrl`. */
export const alertPlaceholder = "{alert}";

const runbookUrl = () => {
    const error = `expected a URL with ${alertPlaceholder} in it, such as https://example.com/runbooks/${alertPlaceholder}.md`;
    return z
        .string({ error })
        .regex(/^https?:\/\/[^\s{}]+\{alert\}[^\s{}]*$/, { error })
        .meta({ title: "URL" });
};

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
                .record(dnsLabel(), receiverSchema)
                .default({})
                .describe("Who is told, by name; their secrets are keys of their own: perch:receiver.<name>.<secret>"),
            defaultReceiver: dnsLabel().optional().describe("Receiver of what no route takes; required with receivers"),
            deadMansSwitch: deadMansSwitchSchema
                .optional()
                .describe(
                    "Who notices that this monitoring is dead; required. With perch:deadMansSwitchUrl in the stack " +
                        "file: heartbeat",
                ),
            routes: z
                .array(routeSchema)
                .default([])
                .describe("Routing by severity, namespace and other labels: the first match wins"),
            timeIntervals: z
                .record(dnsLabel(), timeIntervalSchema)
                .default({})
                .describe("Times by name, at which routes tell nobody, or somebody"),
            inhibitRules: z
                .array(inhibitRuleSchema)
                .default([])
                .describe(
                    "Alerts that silence others, beside Perch's own rules: of one name in one namespace the most severe, " +
                        "and of Perch's alerts on one object the most urgent, see docs/alerts.md",
                ),
            templates: z
                .record(dnsLabel(), z.string().min(1))
                .default({})
                .describe("Template files of your own, by name: Go's templates with {{ define }}"),
            sources: callers().describe(
                "Applications that send alerts themselves, by name: the NetworkPolicy lets them in. Output " +
                    "`alertUrls` says where to",
            ),
            runbookUrl: runbookUrl()
                .optional()
                .describe(
                    `Page of an alert, ${alertPlaceholder} for its name: where you keep docs/runbooks, or pages of ` +
                        "your own; becomes the annotation `runbook_url`, which alerts don't have without it",
                ),
            groupBy: groupBy()
                .default(["cluster", "namespace", "alertname"])
                .describe("Labels by which alerts are put into one notification; the cluster is one of them"),
            groupWait: duration().default("30s"),
            groupInterval: duration().default("5m"),
            repeatInterval: duration().default("12h"),
        }),
    ])
    .prefault({ kind: "alertmanager" })
    .describe("Routing and delivery of alerts");

export type AlertingSettings = z.output<typeof alertingSchema>;
export type AlertmanagerSettings = Extract<AlertingSettings, { kind: "alertmanager" }>;
