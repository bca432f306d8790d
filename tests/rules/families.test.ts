import { expect } from "chai";
import { type AlertName, alertNames, alerts, isGraded, thresholdOf } from "../../config/alerts";
import { applicationsOf } from "../../config/applications";
import { jobNames, scrapedJobs } from "../../config/jobs";
import { merge } from "../../config/merge";
import { type DeepPartial, noControlPlane } from "../../config/profiles/profile";
import { type AreaInput, settingsSchema } from "../../config/schema";
import { watchedKinds } from "../../config/watched-kinds";
import { alertRules, type AlertRule, everythingOn, isAlert, ruleFamilies, type RuleFamily } from "../../rules";
import { platforms, type PlatformName } from "../../config/platforms";
import { answered, settingsOf } from "../support/config";
import { type KubeObject, kubeObjects } from "../support/mocks";
import { promqlErrors, vectorSelectors } from "../support/promql";
import { deployStack, given, required, stacks } from "../support/stacks";

const made = new Map<string, RuleFamily[]>();

/** Where nothing else is said, everything is on. */
function families(input: DeepPartial<AreaInput> = {}): readonly RuleFamily[] {
    const key = JSON.stringify(input);
    const known = made.get(key);
    if (known !== undefined) {
        return known;
    }
    const settings = settingsSchema.parse(merge(everythingOn, input));
    const all = ruleFamilies(settings, jobNames(settings.metrics));
    made.set(key, all);
    return all;
}

const ofApplications = ["flask", "kafka", "redis", "cnpg", "cert-manager"];

/** What a stack file asks for itself. */
const askedFor = [...ofApplications, "slos"];

/** In place of the SLOs of {@link everythingOn}. */
const noSlos = { orders: null as never };

/** Over those that are in place of {@link everythingOn}. */
const noApplications = Object.fromEntries(Object.keys(everythingOn.applications).map((name) => [name, null as never]));

const groupsOf = (all: readonly RuleFamily[]) => all.flatMap(({ groups }) => groups);
const rules = (input: DeepPartial<AreaInput> = {}) => alertRules(groupsOf(families(input)));
const names = (input: DeepPartial<AreaInput> = {}) => rules(input).map(({ alert }) => alert);
const familyNames = (input: DeepPartial<AreaInput> = {}) => families(input).map(({ name }) => name);

/** Alerts that go when something is changed. */
function lost(input: DeepPartial<AreaInput>): AlertName[] {
    const left = names(input);
    return alertNames.filter((name) => !left.includes(name));
}

/** Every expression of a stack, recordings included. */
const expressions = (all: readonly RuleFamily[]) =>
    groupsOf(all).flatMap((group) =>
        group.rules.map((rule) => ({ rule: isAlert(rule) ? rule.alert : rule.record, expr: rule.expr })),
    );

describe("The rules", () => {
    it("are all there where everything is on, each alert once", () => {
        const all = rules().map(({ alert, severity }) => `${alert}${isGraded(alert) ? ` ${severity}` : ""}`);
        expect(new Set(all).size).to.equal(all.length);
        expect([...new Set(names())]).to.have.members(alertNames);
        expect(familyNames()).to.deep.equal([
            ...["general", "kubernetes", "control-plane", "node", "probes"],
            ...["self-monitoring", "prometheus", "alertmanager", "thanos", "memcached"],
            ...["victoria-metrics", "blackbox-exporter", "grafana", "dead-mans-switch"],
            ...askedFor,
        ]);
    });

    it("have groups of different names, none of them empty", () => {
        const groups = groupsOf(families());
        expect(new Set(groups.map(({ name }) => name)).size).to.equal(groups.length);
        expect(groups.filter(({ rules: all }) => all.length === 0)).to.deep.equal([]);
    });

    it("V-14: have expressions that parse, and texts for people", () => {
        for (const { rule, expr } of expressions(families())) {
            expect(promqlErrors(expr), rule).to.deep.equal([]);
        }
        for (const { alert, for: hold, summary, description } of rules()) {
            expect(hold ?? "0s", alert).to.match(/^\d+[smh]$/);
            expect(summary, alert).to.match(/\S/).and.not.include("\n");
            expect(description, alert).to.match(/\.$/);
        }
    });

    it("read nothing that the versions deployed here no longer tell", () => {
        const gone = [
            "alertmanager_marked_alerts", // Alertmanager 0.33
            "apiserver_storage_objects", // Kubernetes 1.34: apiserver_resource_objects
        ];
        const all = expressions(families());
        const read = all.flatMap(({ expr }) => vectorSelectors(expr).map(({ metric }) => metric));
        expect(read.filter((metric) => gone.includes(metric) || metric.startsWith("kube_endpoint_"))).to.deep.equal([]);
        // kube-state-metrics 2.20 tells of the reason that there is alone.
        expect(all.filter(({ expr }) => /kube_pod_status_reason\{[^}]*\}(?! == 1)/.test(expr))).to.deep.equal([]);
        // Alertmanager 0.34 has other reasons than 0.33.
        const reasons = all.filter(({ expr }) => /alertmanager_notifications_failed_total\{[^}]*reason/.test(expr));
        expect(reasons).to.deep.equal([]);
    });

    it("count the dead man's switch among Alertmanager's integrations, which is for nobody", () => {
        const most = (deadMansSwitch: { kind: "heartbeat" } | { kind: "none" }) =>
            rules({ alerting: { deadMansSwitch } }).find(({ alert }) => alert === "AlertmanagerReceiversNotConfigured")
                ?.expr;
        expect(most({ kind: "heartbeat" })).to.match(/ <= 1$/);
        expect(most({ kind: "none" })).to.match(/ <= 0$/);
    });

    it("are about the cluster, the stack, applications, some of it or nothing", () => {
        const cluster = ["general", "kubernetes", "control-plane", "node"];
        const always = ["probes", "dead-mans-switch", ...askedFor];
        expect(familyNames({ selfMonitoring: false })).to.deep.equal([...cluster, ...always]);
        expect(familyNames({ rules: { cluster: false } })).to.not.include.members(cluster);
        // Of what a stack file has probed or scraped somebody wants to hear, and the check outside of the switch.
        const off = { rules: { cluster: false }, selfMonitoring: false };
        expect(familyNames(off)).to.deep.equal(always);
        expect(familyNames({ ...off, applications: noApplications, slos: noSlos })).to.deep.equal([
            ...["probes", "dead-mans-switch"],
        ]);
        const alerting = { deadMansSwitch: { kind: "none" } } as const;
        expect(familyNames({ ...off, alerting })).to.deep.equal(["probes", ...askedFor]);
    });

    it("go with the part that they are about", () => {
        const ofThanos = alertNames.filter((name) => name.startsWith("Thanos"));
        const ofMemcached = alertNames.filter((name) => name.startsWith("Memcached"));
        expect(lost({ longTerm: { kind: "none" } })).to.have.members([...ofThanos, ...ofMemcached]);
        for (const [part, prefix] of [
            ["compactor", /^ThanosCompact/],
            ["queryFrontend", /^ThanosQueryFrontend/],
            ["ruler", /^Thanos(No)?Rule/],
        ] as const) {
            expect(lost({ longTerm: { kind: "thanos", [part]: "none" } })).to.have.members(
                ofThanos.filter((name) => prefix.test(name)),
            );
        }
        expect(lost({ longTerm: { kind: "thanos", caches: { kind: "memory" } } })).to.have.members(ofMemcached);
        expect(lost({ metrics: { victoriaMetrics: { enabled: false } } })).to.have.members(
            alertNames.filter((name) => /^VictoriaMetrics|^PrometheusRemote/.test(name)),
        );
        const elsewhere = { remoteWrite: { central: { url: "https://metrics.example.com/write" } } };
        expect(lost({ metrics: { victoriaMetrics: { enabled: false }, ...elsewhere } })).to.have.members(
            alertNames.filter((name) => name.startsWith("VictoriaMetrics")),
        );
        expect(lost({ metrics: { blackbox: { enabled: false } } })).to.deep.equal(["BlackboxExporterDown"]);
        expect(lost({ metrics: { targets: { site: null as never } } })).to.have.members(
            alertNames.filter((name) => name.startsWith("Probe")),
        );
        expect(lost({ metrics: { kubeStateMetrics: { shards: 1 } } })).to.have.members([
            "KubeStateMetricsShardingMismatch",
            "KubeStateMetricsShardsMissing",
        ]);
        expect(lost({ metrics: { nodeExporter: { enabled: false } } })).to.have.members(
            alertNames.filter((name) => name.startsWith("Node")).concat("HighCPUUsage"),
        );
        expect(lost({ logs: { kind: "none" } })).to.have.members([
            ...["LokiRequestErrors", "LokiDiscardingLogs", "AlloyDroppingLogs"],
        ]);
        expect(lost({ collection: { logs: { kind: "none" } } })).to.have.members(["AlloyDroppingLogs"]);
        expect(lost({ alerting: { kind: "none" } })).to.have.members([
            ...alertNames.filter((name) => name.startsWith("Alertmanager")),
            // Nobody holds an alert back, and nobody calls the check outside.
            "InfoInhibitor",
            "Watchdog",
            "PrometheusNotificationQueueRunningFull",
            "PrometheusErrorSendingAlertsToSomeAlertmanagers",
            "PrometheusErrorSendingAlertsToAnyAlertmanager",
            "PrometheusNotConnectedToAlertmanagers",
            "ThanosRuleQueueIsDroppingAlerts",
            "ThanosRuleSenderIsFailingAlerts",
            "ThanosRuleAlertmanagerHighDNSFailures",
        ]);
        expect(lost({ alerting: { kind: "alertmanager", replicas: 1 } })).to.have.members([
            "AlertmanagerMembersInconsistent",
            "AlertmanagerConfigInconsistent",
            "AlertmanagerClusterFailedPeers",
            "AlertmanagerClusterCrashlooping",
        ]);
        expect(lost({ metrics: { kubelet: false } })).to.have.members([
            ...alertNames.filter((name) => name.startsWith("Kubelet") && name !== "KubeletTooManyPods"),
            ...alertNames.filter((name) => /^KubePersistentVolume(Inodes)?FillingUp/.test(name)),
            "KubeVersionMismatch",
            "KubeClientErrors",
            "KubeNodeEviction",
            "CPUThrottlingHigh",
            "VolumeFillingUp",
            "PrometheusOperatorNodeLookupErrors",
        ]);
        const ofComponents = /^Kube(API|Aggregated|ClientCert|ControllerManager|Scheduler|Proxy)/;
        expect(lost({ metrics: { kubeStateMetrics: { enabled: false } } })).to.have.members(
            alertNames
                .filter(
                    (name) =>
                        /^Kube[A-Z]/.test(name) &&
                        !ofComponents.test(name) &&
                        !/^KubePersistentVolume(Inodes)?FillingUp|^KubeVersion|^KubeClient|^KubeNodeEviction/.test(
                            name,
                        ),
                )
                .concat("KubeletTooManyPods"),
        );
    });
});

interface Relabeling {
    action: string;
    sourceLabels?: string[];
    targetLabel?: string;
    regex?: string;
    replacement?: string;
}

/** What is scraped in one way. */
interface Endpoint {
    path?: string;
    jobName?: string;
    relabelings?: Relabeling[];
    metricRelabelings?: Relabeling[];
}

function endpointsOf({ kind, spec }: KubeObject): Endpoint[] {
    switch (kind) {
        case "ServiceMonitor":
            return (spec as { endpoints: Endpoint[] }).endpoints;
        case "PodMonitor":
            return (spec as { podMetricsEndpoints: Endpoint[] }).podMetricsEndpoints;
        case "ScrapeConfig":
            return [spec as Endpoint];
        default:
            return [];
    }
}

/** Jobs of the samples: that of the target, and those that single samples get. */
function jobsOf({ jobName, relabelings = [], metricRelabelings = [] }: Endpoint): string[] {
    const own = [...relabelings, ...metricRelabelings].filter(({ targetLabel }) => targetLabel === "job");
    return [...(jobName === undefined ? [] : [jobName]), ...own.map(({ replacement = "" }) => replacement)];
}

/** Whether a rule drops samples of a metric; of a histogram's buckets, those that an expression reads. */
function drops({ action, sourceLabels = [], regex = "" }: Relabeling, metric: string, le?: string): boolean {
    // As an expression has them: `1(\\\\.0)?`.
    const bounds = le === undefined ? [""] : [le.replace(/\(.*/, ""), le.replace(/\(.*/, ".0")];
    const texts = sourceLabels.includes("le") ? bounds.map((bound) => `${metric};${bound}`) : [metric];
    return action === "drop" && texts.some((text) => new RegExp(`^(${regex})$`).test(text));
}

const ofApiServers = alertNames.filter((name) => /^Kube(API|Aggregated|ClientCert)/.test(name));
const starting = (...prefixes: string[]) =>
    alertNames.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));

describe("The rules on Kubernetes' own components", () => {
    const recorded = (input: DeepPartial<AreaInput>) =>
        groupsOf(families(input)).flatMap((group) =>
            group.rules.flatMap((rule) => ("record" in rule ? rule.record : [])),
        );

    it("go with what is scraped of them", () => {
        const without = (controlPlane: NonNullable<DeepPartial<AreaInput>["metrics"]>["controlPlane"]) =>
            lost({ metrics: { controlPlane } });
        expect(without({ apiServer: false })).to.have.members(ofApiServers);
        expect(without({ coreDns: false })).to.have.members(starting("CoreDNS"));
        expect(without({ controllerManager: false })).to.have.members(starting("KubeControllerManager"));
        expect(without({ scheduler: false })).to.have.members(starting("KubeScheduler"));
        expect(without({ kubeProxy: false })).to.have.members(starting("KubeProxy"));
        expect(without({ etcd: { kind: "none" } })).to.have.members(starting("etcd"));
        const nothing = recorded({ metrics: { controlPlane: noControlPlane } });
        expect(nothing.filter((name) => /apiserver|scheduler/.test(name))).to.deep.equal([]);
    });

    it("ask for no target where a platform has none of its own for a component", () => {
        const k3s = { cluster: { platform: "k3s" }, metrics: { controlPlane: { etcd: { kind: "none" } } } } as const;
        expect(lost(k3s)).to.have.members([
            "KubeAPIInstanceUnreachable",
            ...starting("KubeControllerManager", "KubeScheduler", "KubeProxy", "etcd"),
        ]);
        const down = rules(k3s).find(({ alert }) => alert === "KubeAPIDown");
        expect(down?.expr).to.equal('absent(apiserver_current_inflight_requests{job="apiserver"})');
        expect(recorded(k3s)).to.include("cluster:scheduler_pod_scheduling_sli_duration_seconds:p99");
        // Without the kubelets nothing is known of what shares their process.
        expect(lost({ ...k3s, metrics: { ...k3s.metrics, kubelet: false } })).to.include.members(ofApiServers);
    });

    it("leave out windows for which nobody keeps samples long enough", () => {
        const longTerm = { kind: "thanos", ruler: "none" } as const;
        const windows = (retention: string) =>
            recorded({ longTerm, metrics: { retention } })
                .filter((name) => name.startsWith("apiserver_request:") && !name.endsWith(":rate5m"))
                .map((name) => /(\d+[dmh])$/.exec(name)?.[1]);
        expect(windows("30d")).to.have.members(["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]);
        expect(windows("2d")).to.have.members(["5m", "30m", "1h", "2h", "6h", "1d"]);
        expect(windows("8h")).to.have.members(["5m", "30m", "1h", "6h"]);
        const kept = names({ longTerm });
        const short = names({ longTerm, metrics: { retention: "8h" } });
        expect(kept.filter((name) => !short.includes(name))).to.deep.equal(["KubeAPIErrorBudgetBurn"]);
    });

    it("leave windows that Prometheus doesn't keep to the Ruler, and the alert that reads them, where it asks no others", () => {
        const of = (family: string, input: DeepPartial<AreaInput>) =>
            groupsOf(families(input).filter(({ name }) => name === family)).flatMap((group) =>
                group.rules.map((rule) => ("record" in rule ? rule.record : rule.alert)),
            );
        const short = { metrics: { retention: "2d" } };
        expect(of("control-plane-ruler", short)).to.deep.equal([
            "apiserver_request:bad:ratio_rate3d",
            "KubeAPIErrorBudgetBurn",
        ]);
        expect(families(short).find(({ name }) => name === "control-plane-ruler")?.evaluator).to.equal("ruler");
        expect(of("control-plane", short))
            .to.include.members(["apiserver_request:bad:ratio_rate6h", "KubeAPIErrorBudgetBurnCritical"])
            .and.not.include.members(["apiserver_request:bad:ratio_rate3d", "KubeAPIErrorBudgetBurn"]);
        // Each puts labels of its own on what it records.
        const burning = rules(short).find(({ alert }) => alert === "KubeAPIErrorBudgetBurn");
        expect(burning?.expr).to.include(
            "max without (cluster, prometheus, prometheus_replica, thanos_ruler_replica) (apiserver_request:bad:ratio_rate3d)",
        );
        expect(promqlErrors(burning?.expr ?? "")).to.deep.equal([]);
        const shards = { metrics: { retention: "2d", shards: 2 } };
        expect(familyNames(shards)).to.not.include("control-plane-ruler");
        expect(of("control-plane", shards)).to.include("apiserver_request:bad:ratio_rate3d");
        const others: DeepPartial<AreaInput> = {
            longTerm: { kind: "thanos", query: { endpoints: { east: { addresses: ["east.example.com:10901"] } } } },
        };
        expect(familyNames({ ...short, ...others })).to.not.include("control-plane-ruler");
        expect(of("control-plane", { ...short, ...others })).to.include("KubeAPIErrorBudgetBurn");
    });
});

describe("What the rules read", () => {
    const onPlatform = (platform: PlatformName) => () =>
        settingsOf(
            answered({
                ...required,
                ...given,
                cluster: { name: "test", platform },
                metrics: {
                    ...given.metrics,
                    controlPlane: {
                        ...{ controllerManager: true, scheduler: true, kubeProxy: true },
                        etcd:
                            platform === "generic"
                                ? { kind: "pods", certificate: "etcd-client" }
                                : { kind: "addresses", addresses: ["10.0.0.1:2381"] },
                    },
                },
            }),
        );
    const everyPlatform = Object.fromEntries(
        (Object.keys(platforms) as PlatformName[]).map((name) => [`platform ${name}`, onPlatform(name)]),
    );

    for (const [name, settingsFor] of Object.entries({ ...stacks, ...everyPlatform })) {
        it(`is scraped, and not dropped: ${name}`, async () => {
            const settings = settingsFor();
            const { resources } = await deployStack(settings);
            const jobs = jobNames(settings.metrics);
            const endpoints = kubeObjects(resources).flatMap(endpointsOf);
            const scraped = new Set(endpoints.flatMap(jobsOf));
            const expected = [
                ...[...scrapedJobs(settings)].map((job) => jobs[job]),
                ...applicationsOf(settings.applications).map(({ job }) => job),
            ];
            expect(expected).to.have.members([...scraped]);

            const all = ruleFamilies(settings, jobs);
            const recorded = new Set(
                groupsOf(all).flatMap((group) => group.rules.map((rule) => "record" in rule && rule.record)),
            );
            for (const { rule, expr } of expressions(all)) {
                for (const { metric, matchers } of vectorSelectors(expr)) {
                    if (metric.includes(":")) {
                        expect(recorded.has(metric), `${rule}: ${metric}`).to.equal(true);
                    } else if (!["TargetDown", "InfoInhibitor", "count:up1", "count:up0"].includes(rule)) {
                        expect(
                            scraped.has(matchers.job ?? ""),
                            `${rule}: ${metric}{job=${String(matchers.job)}}`,
                        ).to.equal(true);
                        const dropped = endpoints
                            .filter((one) => jobsOf(one).includes(matchers.job ?? ""))
                            .filter(({ path }) => matchers.metrics_path === undefined || path === matchers.metrics_path)
                            .flatMap(({ metricRelabelings = [] }) => metricRelabelings)
                            .filter((relabeling) => drops(relabeling, metric, matchers.le));
                        expect(dropped, `${rule}: ${metric}`).to.deep.equal([]);
                    }
                }
            }
        });
    }

    it("is of kinds that kube-state-metrics watches, and of collectors that node-exporter has on", () => {
        const kinds = Object.values(watchedKinds).flat();
        const metrics = expressions(families()).flatMap(({ expr }) =>
            vectorSelectors(expr).map(({ metric }) => metric),
        );
        const ofKinds = metrics.filter((metric) => /^kube_(?!state_metrics_)/.test(metric));
        expect(ofKinds.length).to.be.above(40);
        for (const metric of ofKinds) {
            expect(kinds, metric).to.include(`${metric.split("_")[1] ?? ""}s`);
        }
        expect(metrics.filter((metric) => /^node_(wifi|hwmon|btrfs|systemd|textfile)_/.test(metric))).to.deep.equal([]);
    });

    it("is the stack's own where a rule is about the stack", () => {
        const own = familyNames({
            rules: { cluster: false },
            metrics: { targets: { site: null as never } },
            applications: noApplications,
            slos: noSlos,
        });
        expect(own).to.include.members(["self-monitoring", "thanos", "victoria-metrics", "blackbox-exporter"]);
        const found = families({ platform: { namespace: "mon" } }).filter(({ name }) => own.includes(name));
        for (const { rule, expr } of expressions(found)) {
            for (const { matchers } of vectorSelectors(expr)) {
                expect(matchers.namespace, rule).to.equal("mon");
            }
        }
    });
});

describe("Changes to single alerts", () => {
    const one = (alert: AlertName, change: object) =>
        rules({ rules: { alerts: { [alert]: change } } }).find((rule) => rule.alert === alert);
    const before = (alert: AlertName) => rules().find((rule) => rule.alert === alert);

    it("leave an alert out, and nothing else", () => {
        expect(lost({ rules: { alerts: { KubePodNotReady: { enabled: false } } } })).to.deep.equal(["KubePodNotReady"]);
    });

    it("change the hold time of both alerts of a graded one, and leave both out", () => {
        const burning = (change: object) =>
            rules({ rules: { alerts: { SLOBudgetBurn: change } } })
                .filter(({ alert }) => alert === "SLOBudgetBurn")
                .map(({ for: hold, severity }) => [hold, severity]);
        expect(burning({ for: "5m" })).to.deep.equal([
            ["5m", "critical"],
            ["5m", "warning"],
        ]);
        expect(burning({ enabled: false })).to.deep.equal([]);
    });

    it("take away a group, and a PrometheusRule, that has nothing left", () => {
        const off = { enabled: false };
        const input = { rules: { alerts: { BlackboxExporterDown: off } } };
        expect(familyNames(input)).to.not.include("blackbox-exporter");
    });

    it("change hold time and severity of that alert alone", () => {
        const changed = { for: "42m", severity: "info" } as const;
        expect(one("KubePodNotReady", changed)).to.deep.equal({ ...before("KubePodNotReady"), ...changed });
        const others = (all: AlertRule[]) => all.filter(({ alert }) => alert !== "KubePodNotReady");
        expect(others(rules({ rules: { alerts: { KubePodNotReady: changed } } }))).to.deep.equal(others(rules()));
    });

    for (const alert of alertNames.filter((name) => thresholdOf(name) !== undefined)) {
        it(`change the threshold of ${alert}`, () => {
            const expr = one(alert, { threshold: 0.0625 })?.expr;
            expect(expr).to.not.equal(before(alert)?.expr);
            // That of uploads is in blocks, two hours each.
            expect(expr).to.match(alert === "ThanosSidecarNotUploading" ? /> 450$/ : /\b0\.0625\b/);
        });
    }

    it("are of every figure that a rule compares with, but for one that says whether there is something", () => {
        const fixed = [
            // The kernel's own bound of a clock that nobody sets, and what a name says.
            ...["NodeClockNotSynchronising 16", "ThanosRuleNoEvaluationFor10Intervals 10"],
            // How many there are to be.
            ...["KubeStateMetricsShardingMismatch 2", "AlertmanagerMembersInconsistent 2"],
            // Seconds after an agent's start in which it reads once more what is there.
            "AlloyDroppingLogs 1800",
            // From the objective.
            ...["0.0144", "0.006", "0.003", "0.001"].map((figure) => `SLOBudgetBurn ${figure}`),
        ];
        const figures = rules().flatMap(({ alert, expr }) =>
            thresholdOf(alert) === undefined
                ? [...expr.matchAll(/(?:[<>=]=?|!=) (-?[\d.]+)/g)].map(([, figure = ""]) => `${alert} ${figure}`)
                : [],
        );
        const others = figures.filter((one) => !/ [01]$/.test(one));
        expect([...new Set(others)]).to.have.members(fixed);
    });

    it("know a unit for each threshold", () => {
        const withoutUnit = alertNames.filter((name) => "threshold" in alerts[name] && thresholdOf(name)?.unit === "");
        expect(withoutUnit).to.deep.equal([]);
    });
});
