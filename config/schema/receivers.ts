import { z } from "zod";
import { certificates, duration, email, port, publicUrl } from "./common";

/** A text that Alertmanager fills in: Go's templates, with the functions of Alertmanager. */
const template = () => z.string().min(1).meta({ title: "template" });

const hook = "https://hooks.example.com/alerts";

const sendResolved = z.boolean().default(true).describe("Tell the end of an alert too");
const title = template().optional().describe('Template of the headline; default: {{ template "perch.title" . }}');
const body = template().optional().describe('Template of the text; default: {{ template "perch.text" . }}');

/** How a webhook's sender shows who it is. */
const login = z
    .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("none").describe("Nothing beside the URL") }),
        z.strictObject({ kind: z.literal("bearer").describe("Header `Authorization: Bearer`; secret `token`") }),
        z.strictObject({
            kind: z.literal("basic").describe("User name and secret `password`"),
            username: z.string().min(1),
        }),
    ])
    .prefault({ kind: "none" })
    .describe("How the webhook knows its caller");

/** Who is told, by one kind of service each. The secrets of a kind are in {@link receiverSecrets}. */
export const receiverSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("email").describe("Mail by alerting.smtp"),
        to: z.array(email()).min(1).describe("Addresses that get the mail"),
        sendResolved,
    }),
    z.strictObject({ kind: z.literal("discord").describe("Secret `webhookUrl`"), sendResolved, title, text: body }),
    z.strictObject({
        kind: z.literal("slack").describe("Secret `webhookUrl`: an incoming webhook"),
        channel: z.string().min(1).optional().describe("Channel; default: the webhook's own"),
        sendResolved,
        title,
        text: body,
    }),
    z.strictObject({
        kind: z.literal("pagerDuty").describe("Secret `routingKey`: an integration of Events API v2"),
        apiUrl: publicUrl(hook)
            .default("https://events.pagerduty.com/v2/enqueue")
            .describe("Address of the API; https://events.eu.pagerduty.com/v2/enqueue for accounts in the EU"),
        sendResolved,
        title,
    }),
    z.strictObject({
        kind: z.literal("opsgenie").describe("Secret `apiKey`"),
        apiUrl: publicUrl(hook)
            .default("https://api.opsgenie.com/")
            .describe("Address of the API; https://api.eu.opsgenie.com/ for accounts in the EU"),
        sendResolved,
        title,
        text: body,
    }),
    z.strictObject({
        kind: z.literal("webhook").describe("A POST of Alertmanager's own JSON"),
        url: publicUrl(hook).optional().describe("Address, where it is none to hide; default: the secret `url`"),
        port: port()
            .optional()
            .describe("Port for the NetworkPolicy: that of the pods behind a Service; default: the URL's, or 443"),
        login,
        caCertificate: certificates()
            .optional()
            .describe("Private CA that signed the server's certificate; default: the public CAs"),
        timeout: duration().default("10s").describe("After which a call has failed, and is tried again"),
        maxAlerts: z.int().min(0).default(0).describe("Alerts in one call at most; 0: all of the group"),
        sendResolved,
    }),
    z.strictObject({
        kind: z.literal("telegram").describe("Secret `botToken`"),
        chatId: z.int().describe("Number of the chat; that of a group is negative"),
        threadId: z.int().min(1).optional().describe("Number of a topic in the group"),
        sendResolved,
        text: template()
            .optional()
            .describe(
                'Template of the message; default: {{ template "perch.title" . }}, and {{ template "perch.text" . }} below',
            ),
    }),
    z.strictObject({
        kind: z.literal("teams").describe("Secret `webhookUrl`: a workflow that posts webhook requests to a channel"),
        sendResolved,
        title,
        text: body,
    }),
    z.strictObject({
        kind: z
            .literal("pushover")
            .describe("Secrets `token`, of the application, and `userKey`, of a user or a group"),
        sendResolved,
        title,
        text: body,
    }),
]);

export type ReceiverSettings = z.output<typeof receiverSchema>;

/** What a receiver may have to hide, as the keys of the stack file end. */
export const receiverSecretFields = [
    "webhookUrl",
    "routingKey",
    "apiKey",
    "url",
    "token",
    "password",
    "botToken",
    "userKey",
] as const;

export type ReceiverSecretField = (typeof receiverSecretFields)[number];

/** Key of the stack file for a secret of a receiver: `receiver.on-call.routingKey`. */
export type ReceiverSecretKey = `receiver.${string}.${ReceiverSecretField}`;

/** Whether a key of the stack file is meant to be a receiver's secret; it may name none that there is. */
export function isReceiverSecretKey(key: string): key is ReceiverSecretKey {
    return /^receiver\.[^.]+\.[^.]+$/.test(key);
}

/** The key under which a stack file holds a receiver's secret. */
export function receiverSecretKey(receiver: string, field: ReceiverSecretField): ReceiverSecretKey {
    return `receiver.${receiver}.${field}`;
}

/** Secrets without which a receiver reaches nobody. */
export function receiverSecrets(receiver: ReceiverSettings): readonly ReceiverSecretField[] {
    switch (receiver.kind) {
        case "email":
            return [];
        case "discord":
        case "slack":
        case "teams":
            return ["webhookUrl"];
        case "pagerDuty":
            return ["routingKey"];
        case "opsgenie":
            return ["apiKey"];
        case "webhook":
            return [
                ...(receiver.url === undefined ? (["url"] as const) : []),
                ...(receiver.login.kind === "bearer" ? (["token"] as const) : []),
                ...(receiver.login.kind === "basic" ? (["password"] as const) : []),
            ];
        case "telegram":
            return ["botToken"];
        case "pushover":
            return ["token", "userKey"];
    }
}

/** The same for all receivers, by name. */
export function secretsOf(
    receivers: Readonly<Record<string, ReceiverSettings>>,
): Record<string, readonly ReceiverSecretField[]> {
    return Object.fromEntries(Object.entries(receivers).map(([name, receiver]) => [name, receiverSecrets(receiver)]));
}
