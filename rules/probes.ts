import { anyOf } from "../config/any-of";
import type { RuleContext, RuleSettings } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const target = "{{ $labels.instance }}";

/** Values of the label `job` of the probes that the settings ask for. */
function probeJobs({ metrics }: RuleSettings): string[] {
    return Object.entries(metrics.targets).flatMap(([name, each]) => (each.kind === "probe" ? [each.job ?? name] : []));
}

function certificates(selector: string, { threshold }: RuleContext): AlertRule[] {
    const expiration = (
        alert: `ProbeCertificateExpiration${"" | "Critical"}`,
        severity: AlertRule["severity"],
    ): AlertRule => ({
        alert,
        expr: `probe_ssl_earliest_cert_expiry{${selector}} - time() < ${threshold(alert)}`,
        for: "1h",
        severity,
        summary: `The certificate of ${target} expires soon`,
        description: `A certificate that ${target} shows is valid for {{ $value | humanizeDuration }} more.`,
    });
    return [
        expiration("ProbeCertificateExpiration", "warning"),
        expiration("ProbeCertificateExpirationCritical", "critical"),
    ];
}

/** What the probes of the settings find out; nothing where there are none. */
export function probes(context: RuleContext): RuleGroup[] {
    const jobs = probeJobs(context.settings);
    if (jobs.length === 0) {
        return [];
    }
    const selector = `job=~${JSON.stringify(anyOf([...new Set(jobs)]))}`;
    const rules: AlertRule[] = [
        {
            alert: "ProbeFailed",
            expr: `probe_success{${selector}} == 0`,
            for: "5m",
            severity: "critical",
            summary: `${target} doesn't answer as it should`,
            description: `Every probe of ${target} by {{ $labels.job }} has failed for 5 minutes.`,
        },
        {
            alert: "ProbeSlow",
            expr: `avg_over_time(probe_duration_seconds{${selector}}[10m]) > ${context.threshold("ProbeSlow")}`,
            for: "15m",
            severity: "warning",
            summary: `${target} answers slowly`,
            description: `${target} takes {{ $value | humanizeDuration }} to answer a probe of {{ $labels.job }}, on average.`,
        },
        ...certificates(selector, context),
    ];
    return [{ name: "probes", rules }];
}

/** The stack's own blackbox exporter. */
export function blackboxExporter({ own, scrapes, settings }: RuleContext): RuleGroup[] {
    const down: AlertRule = {
        alert: "BlackboxExporterDown",
        expr: `absent(up{${own("blackboxExporter")}} == 1)`,
        for: "5m",
        severity: "critical",
        labels: { namespace: settings.platform.namespace },
        summary: "The blackbox exporter doesn't answer",
        description: "No blackbox exporter can be scraped: nothing is probed, and no alert on a probe can fire.",
    };
    return [{ name: "blackbox-exporter", rules: scrapes("blackboxExporter") ? [down] : [] }];
}
