import { profiles } from "../../../config/profiles";
import type { ConfigValues } from "../../../sandbox/engine";
import { ensureStackImages } from "../../../sandbox/real-node";
import { applicationNamespace, applicationPort, applicationUrl, deployApplications, hooks, shop } from "./application";
import { beginEarly, endEarly } from "./early";
import { laySettings, live, readOutputs } from "./live";
import { untilAllReady } from "./pods";

/** Programs that aren't there yet are built. */
const timeoutMs = 3_600_000;

/** Label of an alert by which the webhook is told of it, beside whom the profile tells. */
export const hookLabel = { live: "hook" } as const;

/** Metric of the custom metrics API by which the shop is scaled, and the mean that is aimed at. */
export const scaling = { metric: "shop_requests_per_second", average: 2, min: 1, max: 3 } as const;

/** For how long the Compactor keeps samples as they were scraped: the least for objectives that a Ruler evaluates. */
export const rawRetentionDays = 30;

/** What is probed, by the target's name. */
export const probed = {
    open: applicationUrl(shop, "metrics"),
    /** Nobody listens there. */
    shut: applicationUrl(shop, "metrics", applicationPort + 1),
} as const;

const probe = (url: string) => ({ kind: "probe", module: "http_2xx", targets: [url], interval: "15s", timeout: "5s" });

/**
 * Settings for every part that profile kup6s leaves out, by the area of the stack that has it. A later part adds its settings
 * here and its checks in `parts/`.
 */
const parts: readonly ConfigValues[] = [
    // Long-term metrics.
    {
        "perch:longTerm": {
            queryFrontend: {},
            caches: { kind: "memcached" },
            ruler: {},
            compactor: { retention: { raw: `${rawRetentionDays}d` } },
        },
    },
    {
        "perch:slos": {
            "prometheus-answers": {
                service: "prometheus",
                objective: 99,
                errors: 'sum(rate(prometheus_http_requests_total{code=~"5.."}[{window}])) or vector(0)',
                total: "sum(rate(prometheus_http_requests_total[{window}]))",
            },
        },
    },
    // Metrics.
    {
        "perch:metrics": {
            controlPlane: { apiServer: true, coreDns: true },
            operator: { admissionWebhook: { enabled: true } },
            kubeStateMetrics: { shards: 2 },
            telegraf: { enabled: true },
            victoriaMetrics: { enabled: true },
            blackbox: { enabled: true },
            targets: {
                shop: {
                    kind: "service",
                    namespace: applicationNamespace,
                    labels: { app: shop.name },
                    port: "http",
                    path: "/cgi-bin/metrics",
                    interval: "10s",
                    timeout: "5s",
                },
                ...Object.fromEntries(Object.entries(probed).map(([name, url]) => [name, probe(url)])),
            },
        },
    },
    // Autoscaling.
    {
        "perch:autoscaling": {
            kind: "prometheusAdapter",
            rules: {
                requests: {
                    series: 'shop_requests_total{pod!="",namespace!=""}',
                    query: "sum(rate(<<.Series>>{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)",
                    name: { matches: "^(.*)_total$", as: "${1}_per_second" },
                },
            },
            targets: {
                [shop.name]: {
                    namespace: applicationNamespace,
                    min: scaling.min,
                    max: scaling.max,
                    metrics: [{ kind: "pods", metric: scaling.metric, average: String(scaling.average) }],
                },
            },
        },
    },
    // Alerting.
    {
        "perch:alerting": {
            // Of the profile's half a minute its own mail has told.
            groupWait: "5s",
            receivers: { hook: { kind: "webhook", url: applicationUrl(hooks, "take") } },
            routes: [
                {
                    receiver: "hook",
                    labels: Object.fromEntries(Object.entries(hookLabel).map(([label, value]) => [label, [value]])),
                    continue: true,
                },
                ...routesOfProfile(),
            ],
        },
    },
];

function routesOfProfile(): readonly object[] {
    const { alerting } = profiles.kup6s.settings;
    return alerting?.kind === "alertmanager" ? (alerting.routes ?? []) : [];
}

let deployed: Promise<void> | undefined;

/**
 * For a `describe` that needs any of these parts: lays the settings of all of them over the stack that runs, deploys it and
 * waits until all pods are ready. The first one does it, for all files.
 */
export function needsAllParts(): void {
    before(async function () {
        this.timeout(timeoutMs);
        deployed ??= deploy();
        await deployed;
    });
}

async function deploy(): Promise<void> {
    const report = (message: string): void => {
        process.stderr.write(`  ${message}\n`);
    };
    await endEarly("profile");
    const begin = Date.now();
    await deployApplications(shop, hooks);
    // As it runs: without pulumi up here either.
    if (process.env.PERCH_LIVE !== "running") {
        await update(report);
    }
    await readOutputs();
    const applied = Date.now();
    await untilAllReady();
    const seconds = (from: number, to: number) => ((to - from) / 1_000).toFixed(0);
    beginEarly("all parts");
    report(`applied after ${seconds(begin, applied)} s, all pods ready ${seconds(applied, Date.now())} s later`);
}

async function update(report: (message: string) => void): Promise<void> {
    const { stack, sandbox } = live();
    laySettings(...parts);
    await ensureStackImages(sandbox.engine, report);
    report("pulumi up, with all further parts");
    await stack.up();
}
