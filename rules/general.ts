import type { RuleContext } from "./context";
import type { RuleGroup } from "./types";

/** What concerns every target alike. */
export function general({ threshold }: RuleContext): RuleGroup[] {
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
