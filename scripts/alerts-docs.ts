import { catalogue, type CatalogueEntry } from "../rules";
import { knownElsewhere } from "../rules/known-elsewhere";
import { type Escalation, escalations } from "../config/escalations";
import { NAMESPACE } from "../config/source";

const INTRODUCTION = `# Alerts

Made from \`rules/\` by \`npm run docs\`: change those, not this page.

A stack ships those alerts whose series it scrapes; the others are left out. \`${NAMESPACE}:rules\` changes single ones:

\`\`\`yaml
${NAMESPACE}:rules:
  alerts:
    KubeJobNotCompleted: { threshold: 86400 }
    NodeCPUHighUsage: { threshold: 0.95, for: 1h, severity: warning }
    CPUThrottlingHigh: { enabled: false }
\`\`\`

Of one object only the most urgent alert is sent: while one fires, nobody is told of those that it silences. An alert whose
name ends in \`Critical\` is the second step of the one without it. One to which a stack file gives a lesser severity silences
nothing. Each name leads to its runbook, which says by which labels an object is recognised.

\`KubeAPIErrorBudgetBurn\` looks back three days where Prometheus keeps them or a Ruler is on, else one.
`;

/** Headings by the family's name. */
const headings: Readonly<Record<string, string>> = {
    general: "Any target",
    kubernetes: "Workloads, quotas, volumes, nodes and kubelets",
    "control-plane": "API servers, controller manager, scheduler, kube-proxy, CoreDNS and etcd",
    node: "Machines",
    probes: "What is probed",
    "self-monitoring": "The stack's own health",
    prometheus: "Prometheus and its operator",
    alertmanager: "Alertmanager",
    thanos: "Thanos",
    memcached: "Memcached",
    "victoria-metrics": "VictoriaMetrics",
    "blackbox-exporter": "blackbox exporter",
    grafana: "Grafana and log agents",
    "dead-mans-switch": "The dead man's switch",
    flask: "Flask applications",
    kafka: "Kafka",
    redis: "Redis and Valkey",
    cnpg: "PostgreSQL of CloudNativePG",
    "cert-manager": "Certificates of cert-manager",
    slos: "Service level objectives",
};

function row({ alert, severity, for: hold, threshold }: CatalogueEntry): string {
    const figure = threshold === undefined ? "" : `${threshold.threshold} (${threshold.unit})`;
    const escalation: Escalation | undefined = escalations[alert];
    return `| [${alert}](runbooks/${alert}.md) | ${severity} | ${hold} | ${figure} | ${escalation?.of.join(", ") ?? ""} |`;
}

/** What an alert's runbook says of those that it silences. */
export function silencedNote({ of, by }: Escalation): string {
    const pages = of.map((alert) => `[${alert}](${alert}.md)`).join(", ");
    return `**Silences** ${pages} of the same ${by.join(" and ")}`;
}

/** The page that lists every alert with its defaults. */
export function alertsPage(): string {
    const entries = catalogue();
    const sections = [...new Set(entries.map(({ family }) => family))].map((family) =>
        [
            `## ${headings[family] ?? family}`,
            "",
            "| Alert | Severity | After | Threshold | Silences |",
            "| --- | --- | --- | --- | --- |",
            ...entries.filter((entry) => entry.family === family).map(row),
        ].join("\n"),
    );
    const elsewhere = [
        "## Known from elsewhere",
        "",
        "Alerts of the mixins in common use that aren't above:",
        "",
        "| Alert | Why |",
        "| --- | --- |",
        ...Object.entries(knownElsewhere).map(([alert, why]) => `| ${alert.replaceAll("*", "\\*")} | ${why} |`),
        "",
        "Hit rates and evictions of caches wake nobody: a cache that is too small costs time only. What a bucket holds and costs",
        "its provider tells. That calls of the dead man's switch fail is an alert on notifications as any other, and the check",
        "outside rings.",
    ].join("\n");
    return `${[INTRODUCTION, ...sections, elsewhere].join("\n\n").replace(/\n{3,}/g, "\n\n")}\n`;
}
