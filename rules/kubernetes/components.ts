import type { RuleContext } from "../context";
import { quantile } from "../promql";
import type { AlertRule, RecordingRule, RuleGroup } from "../types";

type Named = "KubeControllerManager" | "KubeProxy" | "KubeScheduler";

/** Components that say little but whether they are there: their name in texts, and what stops without them. */
const components = [
    {
        job: "controllerManager",
        alert: "KubeControllerManager",
        what: "controller manager",
        stops: "replicas aren't replaced, Jobs and namespaces don't end",
    },
    { job: "scheduler", alert: "KubeScheduler", what: "scheduler", stops: "new pods stay pending" },
    {
        job: "kubeProxy",
        alert: "KubeProxy",
        what: "kube-proxy",
        stops: "nodes don't learn of new pods behind Services",
    },
] as const satisfies { job: Parameters<RuleContext["job"]>[0]; alert: Named; what: string; stops: string }[];

function presence({ job }: RuleContext, { job: key, alert, what, stops }: (typeof components)[number]): AlertRule[] {
    return [
        {
            alert: `${alert}Down`,
            expr: `absent(up{${job(key)}} == 1)`,
            for: "15m",
            severity: "critical",
            summary: `No ${what} can be scraped`,
            description: `No ${what} answers Prometheus, or none is found. Without one, ${stops}.`,
        },
        {
            alert: `${alert}InstanceUnreachable`,
            expr: `up{${job(key)}} == 0`,
            for: "15m",
            severity: "warning",
            summary: `The ${what} {{ $labels.instance }} can't be scraped`,
            description: `The ${what} {{ $labels.instance }} doesn't answer Prometheus.`,
        },
    ];
}

/** How long pods wait for the scheduler, 99th percentile. */
function scheduling({ job }: RuleContext): RecordingRule[] {
    return ["scheduling_attempt_duration_seconds", "pod_scheduling_sli_duration_seconds"].map((name) => ({
        record: `cluster:scheduler_${name}:p99`,
        expr: quantile(0.99, `scheduler_${name}`, job("scheduler"), "job"),
    }));
}

/** Controller manager, scheduler and kube-proxy. */
export function kubernetesComponents(context: RuleContext): RuleGroup[] {
    return [
        ...components.map((component) => ({
            name: `kubernetes-${component.what.replaceAll(" ", "-")}`,
            // Those in the kubelets' process are there when the kubelets are.
            rules: context.hasTargets(component.job) ? presence(context, component) : [],
        })),
        { name: "kubernetes-scheduler-recordings", rules: context.scrapes("scheduler") ? scheduling(context) : [] },
    ];
}
