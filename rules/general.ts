import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

/** Fires for each namespace whose only alerts are of severity info; Alertmanager holds those back while it does. */
const infoInhibitor: AlertRule = {
    alert: "InfoInhibitor",
    expr:
        'group by (namespace) (ALERTS{alertstate="firing",severity="info"} ' +
        'unless on (namespace) ALERTS{alertstate="firing",severity=~"warning|critical"})',
    for: "0s",
    severity: "none",
    summary: "Nobody is told of the alerts of severity info in {{ $labels.namespace }}",
    description:
        "Namespace {{ $labels.namespace }} has alerts of severity info and no graver one. They tell something beside other " +
        "trouble only, so that nobody is told of them now.",
};

/** What concerns every target alike. */
export function general({ settings, threshold }: RuleContext): RuleGroup[] {
    return [
        {
            name: "general",
            rules: [
                {
                    alert: "TargetDown",
                    expr:
                        "count by (namespace, job, service) (up == 0) / count by (namespace, job, service) (up)" +
                        ` > ${threshold("TargetDown")}`,
                    for: "10m",
                    severity: "warning",
                    summary: "{{ $value | humanizePercentage }} of the targets of job {{ $labels.job }} don't answer",
                    description:
                        "{{ $value | humanizePercentage }} of the targets of job {{ $labels.job }} (service " +
                        "{{ $labels.service }} in {{ $labels.namespace }}) can't be scraped. What is known of them is old.",
                },
                ...(settings.alerting.kind === "none" ? [] : [infoInhibitor]),
            ],
        },
        {
            name: "general-recordings",
            rules: [
                { record: "count:up1", expr: "count without (instance, pod, node) (up == 1)" },
                { record: "count:up0", expr: "count without (instance, pod, node) (up == 0)" },
            ],
        },
    ];
}
