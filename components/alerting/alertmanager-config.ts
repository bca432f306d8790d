import { stringify } from "yaml";
import type { AlertmanagerSettings } from "../../config/schema";

/** Name of the receiver that tells nobody. */
export const NULL_RECEIVER = "null";

/** Port on which mail servers speak TLS from the first byte. */
const SMTPS = 465;

/** What the configuration refers to beside the settings. */
export interface AlertmanagerFiles {
    /** File that holds the password of the mail account; required when `smtp.username` is set. */
    readonly smtpPasswordFile?: string;
}

/** A node of the route tree, as the file has it. */
export interface Route {
    receiver: string;
    matchers?: string[];
    group_by?: string[];
    group_wait?: string;
    group_interval?: string;
    repeat_interval?: string;
    routes?: Route[];
}

/** A receiver, as the file has it. */
export interface Receiver {
    name: string;
    email_configs?: { to: string; send_resolved: boolean }[];
}

/** A rule by which one alert silences another, as the file has it. */
export interface InhibitRule {
    source_matchers: string[];
    target_matchers: string[];
    equal: string[];
}

/** The configuration file as an object. */
export interface AlertmanagerConfig {
    global: Record<string, string | boolean | { ca: string }>;
    route: Route;
    receivers: Receiver[];
    inhibit_rules: InhibitRule[];
}

/** A matcher that takes any of these values, literally. */
function matcher(label: string, values: readonly string[]): string {
    const [only] = values;
    return values.length === 1 && only !== undefined
        ? `${label}=${JSON.stringify(only)}`
        : `${label}=~${JSON.stringify(values.map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"))}`;
}

function globals(smtp: AlertmanagerSettings["smtp"], files: AlertmanagerFiles): AlertmanagerConfig["global"] {
    if (smtp === undefined) {
        return {};
    }
    return {
        smtp_smarthost: `${smtp.host}:${smtp.port}`,
        smtp_from: smtp.from,
        // Asks for STARTTLS, which a server that speaks TLS from the first byte doesn't offer.
        smtp_require_tls: smtp.requireTls && smtp.port !== SMTPS,
        ...(smtp.caCertificate === undefined ? {} : { smtp_tls_config: { ca: smtp.caCertificate } }),
        ...(smtp.username === undefined || files.smtpPasswordFile === undefined
            ? {}
            : { smtp_auth_username: smtp.username, smtp_auth_password_file: files.smtpPasswordFile }),
    };
}

function inhibit(source: string, targets: readonly string[]): InhibitRule {
    return {
        source_matchers: [matcher("severity", [source])],
        target_matchers: [matcher("severity", targets)],
        // Without the cluster, one cluster's alert would silence another's in a shared Alertmanager.
        equal: ["cluster", "namespace", "alertname"],
    };
}

/** The configuration of Alertmanager: route tree, receivers, inhibition. Holds no secret, only paths of files that do. */
export function alertmanagerConfig(settings: AlertmanagerSettings, files: AlertmanagerFiles = {}): AlertmanagerConfig {
    return {
        global: globals(settings.smtp, files),
        route: {
            receiver: settings.defaultReceiver ?? NULL_RECEIVER,
            group_by: ["cluster", "namespace", "alertname"],
            group_wait: settings.groupWait,
            group_interval: settings.groupInterval,
            repeat_interval: settings.repeatInterval,
            routes: settings.routes.map((route) => ({
                receiver: route.receiver,
                matchers: [
                    ...(route.severity === undefined ? [] : [matcher("severity", route.severity)]),
                    ...(route.namespace === undefined ? [] : [matcher("namespace", route.namespace)]),
                ],
                ...(route.repeatInterval === undefined ? {} : { repeat_interval: route.repeatInterval }),
            })),
        },
        receivers: [
            { name: NULL_RECEIVER },
            ...Object.entries(settings.receivers).map(([name, receiver]): Receiver => ({
                name,
                email_configs: [{ to: receiver.to.join(", "), send_resolved: receiver.sendResolved }],
            })),
        ],
        inhibit_rules: [inhibit("critical", ["warning", "info"]), inhibit("warning", ["info"])],
    };
}

/** The same as the text of `alertmanager.yaml`. */
export function alertmanagerConfigText(settings: AlertmanagerSettings, files: AlertmanagerFiles = {}): string {
    const note =
        Object.keys(settings.receivers).length === 0
            ? `# No receiver is configured (alerting.receivers): alerts show in the UI alone, nobody is told.\n`
            : "";
    return `${note}${stringify(alertmanagerConfig(settings, files), { lineWidth: 0 })}`;
}
