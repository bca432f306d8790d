import type { AlertmanagerSettings, ReceiverSecretField, ReceiverSettings } from "../../config/schema";
import { eachOnce } from "../platform/ports";
import { HTTPS, portOf } from "../workload/endpoint";

/** Name of the receiver that tells nobody. */
export const NULL_RECEIVER = "null";

/** One notifier of a receiver, as the file has it. */
export type Notifier = Readonly<Record<string, unknown>>;

/** A receiver, as the file has it: a name and a list of notifiers, `discord_configs` for instance. */
export interface Receiver {
    name: string;
    [notifiers: `${string}_configs`]: Notifier[];
}

/** Paths of the files with a receiver's secrets. */
export type SecretFiles = Readonly<Partial<Record<ReceiverSecretField, string>>>;

type Of<K extends ReceiverSettings["kind"]> = Extract<ReceiverSettings, { kind: K }>;

const TITLE = '{{ template "perch.title" . }}';
const TEXT = '{{ template "perch.text" . }}';

/** How each service calls a severity; one that it doesn't know would make it refuse the call. */
const severityOf = {
    pagerDuty:
        '{{ if match "^(critical|warning|info)$" .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}',
    opsgenie:
        '{{ if eq .CommonLabels.severity "critical" }}P1{{ else if eq .CommonLabels.severity "info" }}P5{{ else }}P3{{ end }}',
    // 2: rings until somebody says that they have seen it.
    pushover: '{{ if and (eq .Status "firing") (eq .CommonLabels.severity "critical") }}2{{ else }}0{{ end }}',
};

function httpConfig({ login, caCertificate }: Of<"webhook">, files: SecretFiles): Notifier | undefined {
    const config = {
        ...(login.kind === "bearer" ? { authorization: { type: "Bearer", credentials_file: files.token } } : {}),
        ...(login.kind === "basic" ? { basic_auth: { username: login.username, password_file: files.password } } : {}),
        ...(caCertificate === undefined ? {} : { tls_config: { ca: caCertificate } }),
    };
    return Object.keys(config).length === 0 ? undefined : config;
}

function webhook(receiver: Of<"webhook">, files: SecretFiles): Notifier {
    const http = httpConfig(receiver, files);
    return {
        ...(receiver.url === undefined ? { url_file: files.url } : { url: receiver.url }),
        timeout: receiver.timeout,
        max_alerts: receiver.maxAlerts,
        ...(http === undefined ? {} : { http_config: http }),
    };
}

/** The notifier of a receiver, under the key of its kind, without what all kinds have. */
function notifier(receiver: ReceiverSettings, files: SecretFiles): [`${string}_configs`, Notifier] {
    switch (receiver.kind) {
        case "email":
            return ["email_configs", { to: receiver.to.join(", ") }];
        case "discord":
            return ["discord_configs", { webhook_url_file: files.webhookUrl, ...titled(receiver, "title", "message") }];
        case "slack":
            return [
                "slack_configs",
                {
                    api_url_file: files.webhookUrl,
                    ...(receiver.channel === undefined ? {} : { channel: receiver.channel }),
                    ...titled(receiver, "title", "text"),
                },
            ];
        case "pagerDuty":
            return [
                "pagerduty_configs",
                {
                    routing_key_file: files.routingKey,
                    url: receiver.apiUrl,
                    description: receiver.title ?? TITLE,
                    severity: severityOf.pagerDuty,
                },
            ];
        case "opsgenie":
            return [
                "opsgenie_configs",
                {
                    api_key_file: files.apiKey,
                    api_url: receiver.apiUrl,
                    ...titled(receiver, "message", "description"),
                    priority: severityOf.opsgenie,
                },
            ];
        case "webhook":
            return ["webhook_configs", webhook(receiver, files)];
        case "telegram":
            return [
                "telegram_configs",
                {
                    bot_token_file: files.botToken,
                    chat_id: receiver.chatId,
                    ...(receiver.threadId === undefined ? {} : { message_thread_id: receiver.threadId }),
                    // Names and values of an alert are escaped then; as plain text Telegram would refuse some.
                    parse_mode: "HTML",
                    // One message is all that there is; a tag around the headline could lose its end where that is cut.
                    message: receiver.text ?? `${TITLE}\n${TEXT}`,
                },
            ];
        case "teams":
            return ["msteamsv2_configs", { webhook_url_file: files.webhookUrl, ...titled(receiver, "title", "text") }];
        case "pushover":
            return [
                "pushover_configs",
                {
                    token_file: files.token,
                    user_key_file: files.userKey,
                    ...titled(receiver, "title", "message"),
                    priority: severityOf.pushover,
                },
            ];
    }
}

/** Headline and text under the names that a kind has for them. */
function titled(
    receiver: { title?: string | undefined; text?: string | undefined },
    titleKey: string,
    textKey: string,
): Notifier {
    return { [titleKey]: receiver.title ?? TITLE, [textKey]: receiver.text ?? TEXT };
}

/** A receiver of the settings as the file has it. */
export function receiverConfig(name: string, receiver: ReceiverSettings, files: SecretFiles): Receiver {
    const [key, config] = notifier(receiver, files);
    const made: Receiver = { name };
    made[key] = [{ ...config, send_resolved: receiver.sendResolved }];
    return made;
}

/** Port that a receiver's service listens on; undefined for mail, whose server is the same for all. */
function receiverPort(receiver: ReceiverSettings): number | undefined {
    switch (receiver.kind) {
        case "email":
            return undefined;
        case "webhook":
            return receiver.port ?? (receiver.url === undefined ? HTTPS : portOf(receiver.url));
        case "pagerDuty":
        case "opsgenie":
            return portOf(receiver.apiUrl);
        default:
            return HTTPS;
    }
}

/** Ports that Alertmanager calls to tell somebody, mail left out: each once, in order. */
export function receiverPorts({ receivers }: Pick<AlertmanagerSettings, "receivers">): number[] {
    return eachOnce(Object.values(receivers).flatMap((receiver) => receiverPort(receiver) ?? []));
}
