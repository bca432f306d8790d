import { stringify } from "yaml";
import { INFO_INHIBITOR } from "../../config/alerts";
import { type Escalation, escalationEntries } from "../../config/escalations";
import { clusterLabel } from "../../config/external-labels";
import type { AlertmanagerSettings, InhibitRuleSettings, TimeInterval } from "../../config/schema";
import { sloLabels } from "../../config/slos";
import { watchdogReceivers } from "./dead-mans-switch";
import { type Matcher, matcherText, type Route, routeConfig, routeTree } from "./route-tree";
import { NULL_RECEIVER, type Receiver, receiverConfig, type SecretFiles } from "./receivers";
import { templateFiles } from "./templates";

/** Port on which mail servers speak TLS from the first byte. */
const SMTPS = 465;

/** What the configuration refers to beside the settings. */
export interface AlertmanagerFiles {
    /** File that holds the password of the mail account; required when `smtp.username` is set. */
    readonly smtpPasswordFile?: string;
    /** Files with the secrets of the receivers, by receiver; required for those that have some. */
    readonly receivers?: Readonly<Record<string, SecretFiles>>;
    /** File with the URL of the dead man's switch; required where there is one. */
    readonly deadMansSwitchUrlFile?: string;
    /** Folder of the template files.  @default the configuration's own */
    readonly templates?: string;
}

/** A rule by which one alert silences another, as the file has it. */
export interface InhibitRule {
    source_matchers: string[];
    target_matchers: string[];
    equal: string[];
}

/** Times by name, as the file has them. */
export interface TimeIntervalConfig {
    name: string;
    time_intervals: {
        weekdays?: string[];
        times?: { start_time: string; end_time: string }[];
        days_of_month?: string[];
        months?: string[];
        location: string;
    }[];
}

/** The configuration file as an object. */
export interface AlertmanagerConfig {
    global: Record<string, string | boolean | { ca: string }>;
    templates: string[];
    route: Route;
    receivers: Receiver[];
    inhibit_rules: InhibitRule[];
    time_intervals: TimeIntervalConfig[];
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

const matchers = (labels: Readonly<Record<string, readonly string[]>>): string[] =>
    Object.entries(labels).map(([label, values]): string => matcherText({ label, values } satisfies Matcher));

function inhibitRule({ source, target, equal }: InhibitRuleSettings): InhibitRule {
    return { source_matchers: matchers(source), target_matchers: matchers(target), equal };
}

/** While an alert fires that says more urgently of an object what others do, nobody is told of those. */
function escalationRule(alert: string, { at, of, by }: Escalation): InhibitRuleSettings {
    return {
        source: { alertname: [alert], severity: [at] },
        target: { alertname: [...of], ...(at === "critical" ? {} : { severity: [at, "info"] }) },
        equal: [clusterLabel, ...by],
    };
}

/** Of alerts that tell of one thing only the most severe is sent. */
function ownInhibitRules(): InhibitRuleSettings[] {
    // Alerts on SLOs have one name for all of them; of others neither side has that label, which is equal, too.
    const equal = [clusterLabel, "namespace", "alertname", sloLabels.id];
    return [
        { source: { severity: ["critical"] }, target: { severity: ["warning", "info"] }, equal },
        { source: { severity: ["warning"] }, target: { severity: ["info"] }, equal },
        { source: { alertname: [INFO_INHIBITOR] }, target: { severity: ["info"] }, equal: [clusterLabel, "namespace"] },
        ...escalationEntries.map(([alert, escalation]) => escalationRule(alert, escalation)),
    ];
}

function timeInterval(name: string, { location, intervals }: TimeInterval): TimeIntervalConfig {
    return {
        name,
        time_intervals: intervals.map(({ weekdays, times, daysOfMonth, months }) => ({
            ...(weekdays && { weekdays }),
            ...(times && { times: times.map(({ from, to }) => ({ start_time: from, end_time: to })) }),
            ...(daysOfMonth && { days_of_month: daysOfMonth }),
            ...(months && { months }),
            location,
        })),
    };
}

/**
 * The configuration of Alertmanager: route tree, receivers, inhibition, times. Holds no secret, only paths of files
 * that do.
 */
export function alertmanagerConfig(settings: AlertmanagerSettings, files: AlertmanagerFiles = {}): AlertmanagerConfig {
    const folder = files.templates === undefined ? "" : `${files.templates}/`;
    return {
        global: globals(settings.smtp, files),
        templates: [...templateFiles(settings.templates).keys()].map((file) => folder + file),
        route: routeConfig(routeTree(settings)),
        receivers: [
            { name: NULL_RECEIVER },
            ...watchdogReceivers(settings, files.deadMansSwitchUrlFile),
            ...Object.entries(settings.receivers).map(([name, receiver]) =>
                receiverConfig(name, receiver, files.receivers?.[name] ?? {}),
            ),
        ],
        inhibit_rules: [...ownInhibitRules(), ...settings.inhibitRules].map(inhibitRule),
        time_intervals: Object.entries(settings.timeIntervals).map(([name, times]) => timeInterval(name, times)),
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
