import { expect } from "chai";
import { stringify } from "yaml";
import { type JobKey, jobNames } from "../../config/jobs";
import { settingsSchema } from "../../config/schema";
import type { AlertName } from "../../config/alerts";
import { alertRules, type AlertRule, ruleFamilies, ruleFile } from "../../rules";
import { deployStack, stacks } from "../support/stacks";
import { kubeObjects } from "../support/mocks";
import { fullVolume } from "./alerts/series";
import { check } from "./support/check";

const settings = settingsSchema.parse({ cluster: { name: "test" } });
const jobs = jobNames(settings.metrics);
const groups = ruleFamilies(settings, jobs).find(({ name }) => name === "self-monitoring")?.groups ?? [];
const rules = alertRules(groups);
const rendered = stringify(ruleFile(groups), { lineWidth: 0 });
const { namespace } = settings.platform;

/** Values of one series, a minute apart, in promtool's notation: `1x60` is 61 times 1, `0+5x60` grows by 5. */
interface Series {
    series: string;
    values: string;
}

/** What happens in an hour and a half, and which alerts fire at a given minute. */
interface Case {
    what: string;
    input: Series[];
    at: string;
    fires: { alert: AlertName; labels?: Record<string, string>; value?: string }[];
}

const series = (metric: string, job: JobKey, values: string, more = ""): Series => ({
    series: `${metric}{job="${jobs[job]}",namespace="${namespace}"${more}}`,
    values,
});
const up = (job: JobKey, pod: string, values = "1x90") => series("up", job, values, `,pod="${pod}"`);
const requests = (status: string, values: string, route = "loki_api_v1_push") =>
    series("loki_request_duration_seconds_count", "loki", values, `,route="${route}",status_code="${status}"`);
const discarded = (reason: string, values: string) =>
    series("loki_discarded_samples_total", "loki", values, `,reason="${reason}"`);

const volume = (what: "available" | "capacity", values: string, more = "") =>
    series(
        `kubelet_volume_stats_${what}_bytes`,
        "kubelet",
        values,
        `,persistentvolumeclaim="data-loki-write-0"${more}`,
    );

/** Passes of the Compactor that succeed: it begins one every five minutes, and ends it at the first failure. */
const passes = (values: string) => series("thanos_compact_iterations_total", "thanosCompact", values);
const failedCompactions = (values: string) =>
    series("thanos_compact_group_compactions_failures_total", "thanosCompact", values, ',resolution="0"');

/** Everything as it should be, by series: a case replaces or removes some. */
const healthy = {
    prometheus0: up("prometheus", "prometheus-perch-0"),
    prometheus1: up("prometheus", "prometheus-perch-1"),
    alertmanager0: up("alertmanager", "alertmanager-perch-0"),
    alertmanager1: up("alertmanager", "alertmanager-perch-1"),
    volumeSize: volume("capacity", "100x90"),
    volumeLeft: volume("available", "12x90"),
    compactor: up("thanosCompact", "thanos-compact-0"),
    halted: series("thanos_compact_halted", "thanosCompact", "0x90"),
    passes: passes("0+0.2x90"),
    failures: failedCompactions("0x90"),
    pushed: requests("204", "0+600x90"),
    refused: requests("500", "0x90"),
    queried: requests("200", "0+60x90", "loki_api_v1_query_range"),
    discarded: discarded("per_stream_rate_limit", "30x90"),
};

type Key = keyof typeof healthy;

/** The healthy stack with some series replaced, or gone where undefined. */
function but(changes: Partial<Record<Key, Series | undefined>>): Series[] {
    const changed: Record<string, Series | undefined> = { ...healthy, ...changes };
    return Object.values(changed).filter((one) => one !== undefined);
}

const own = { namespace };
const push = { namespace, job: jobs.loki, route: "loki_api_v1_push" };

const cases: Case[] = [
    { what: "all is well", input: but({}), at: "90m", fires: [] },
    {
        what: "K-155: one of two Prometheus servers doesn't answer",
        input: but({ prometheus1: up("prometheus", "prometheus-perch-1", "1x30 0x60") }),
        at: "40m",
        fires: [{ alert: "PrometheusDown", labels: own, value: "1" }],
    },
    {
        what: "K-155: a Prometheus pod is deleted, and its target with it",
        input: but({ prometheus1: up("prometheus", "prometheus-perch-1", "1x30 stale _x60") }),
        at: "40m",
        fires: [{ alert: "PrometheusDown", labels: own, value: "1" }],
    },
    {
        what: "K-155: a Prometheus restarts for three minutes",
        input: but({ prometheus1: up("prometheus", "prometheus-perch-1", "1x30 0x2 1x60") }),
        at: "36m",
        fires: [],
    },
    {
        what: "K-155: the Prometheus of another stack is down",
        input: [
            ...but({}),
            { series: `up{job="${jobs.prometheus}",namespace="other",pod="prometheus-perch-0"}`, values: "0x90" },
        ],
        at: "60m",
        fires: [],
    },
    {
        what: "I-12: a volume has four hundredths left",
        input: but({ volumeLeft: volume("available", "12x30 4x60") }),
        at: "50m",
        fires: [
            {
                alert: "VolumeFillingUp",
                labels: fullVolume,
                value: "4%",
            },
        ],
    },
    {
        what: "I-12: a volume is full for ten minutes, as while blocks are compacted",
        input: but({ volumeLeft: volume("available", "12x30 2x9 12x60") }),
        at: "45m",
        fires: [],
    },
    {
        what: "I-12: a volume moves to another node, and is seen on both",
        input: but({
            volumeSize: volume("capacity", "100x40 stale", ',node="a"'),
            volumeLeft: volume("available", "4x40 stale", ',node="a"'),
        }).concat(volume("capacity", "_x35 100x60", ',node="b"'), volume("available", "_x35 4x60", ',node="b"')),
        at: "60m",
        fires: [
            {
                alert: "VolumeFillingUp",
                labels: fullVolume,
                value: "4%",
            },
        ],
    },
    {
        what: "I-12: a volume of somebody else is full",
        input: [
            ...but({}),
            ...["available", "capacity"].map((what) => ({
                series: `kubelet_volume_stats_${what}_bytes{job="${jobs.kubelet}",namespace="shop",persistentvolumeclaim="db"}`,
                values: what === "available" ? "0x90" : "100x90",
            })),
        ],
        at: "60m",
        fires: [],
    },
    {
        what: "K-156: the Compactor has halted",
        input: but({ halted: series("thanos_compact_halted", "thanosCompact", "0x30 1x60") }),
        at: "50m",
        fires: [{ alert: "ThanosCompactorFailed", labels: own }],
    },
    {
        what: "K-156: every pass fails at one group of blocks, after nine that have nothing to compact",
        input: [
            ...but({ passes: passes("7x90"), failures: failedCompactions("0+0.2x90") }),
            series("thanos_compact_group_compaction_runs_started_total", "thanosCompact", "0+2x90"),
        ],
        at: "90m",
        fires: [{ alert: "ThanosCompactorFailed", labels: own }],
    },
    {
        what: "K-156: every pass takes twenty minutes, and then fails",
        input: but({ passes: passes("7x90"), failures: failedCompactions("0x20 1x20 2x20 3x30") }),
        at: "85m",
        fires: [{ alert: "ThanosCompactorFailed", labels: own }],
    },
    {
        what: "K-156: a compaction fails now and then",
        input: but({ passes: passes("0+0.1x90"), failures: failedCompactions("0+0.1x90") }),
        at: "90m",
        fires: [],
    },
    {
        what: "K-156: the bucket is away for a quarter of an hour",
        input: but({ passes: passes("0+0.2x30 6x15 6+0.2x45"), failures: failedCompactions("0x30 0+0.2x15 3x45") }),
        at: "65m",
        fires: [],
    },
    {
        what: "K-156: one pass takes long, after a compaction that failed",
        input: but({ passes: passes("7x90"), failures: failedCompactions("0x5 2x85") }),
        at: "90m",
        fires: [],
    },
    {
        what: "K-156: the Compactor doesn't run",
        input: but({ compactor: undefined, halted: undefined, passes: undefined, failures: undefined }),
        at: "20m",
        fires: [{ alert: "ThanosCompactorFailed", labels: own }],
    },
    {
        what: "K-156: the Compactor is replaced",
        input: but({ compactor: up("thanosCompact", "thanos-compact-0", "1x30 0x9 1x60") }),
        at: "45m",
        fires: [],
    },
    {
        what: "K-157: a fifth of the pushes ends in a server error",
        input: but({ refused: requests("500", "0+150x90") }),
        at: "60m",
        fires: [{ alert: "LokiRequestErrors", labels: push, value: "20%" }],
    },
    {
        what: "K-157: one push in a hundred ends in a server error",
        input: but({ refused: requests("500", "0+6x90") }),
        at: "60m",
        fires: [],
    },
    {
        what: "K-157: Loki limits a client that sends too much",
        input: but({ refused: requests("429", "0+600x90") }),
        at: "60m",
        fires: [],
    },
    {
        what: "K-157: an error every now and then is all there is of a quiet route",
        input: but({ refused: requests("500", "0x30 5x60") }),
        at: "50m",
        fires: [],
    },
    {
        what: "a container writes more than a stream may have",
        input: but({ discarded: discarded("per_stream_rate_limit", "30+3x90") }),
        at: "60m",
        fires: [{ alert: "LokiDiscardingLogs", labels: { namespace, reason: "per_stream_rate_limit" }, value: "45" }],
    },
    {
        what: "new agents push lines once more that are too old by now",
        input: [
            ...but({}),
            ...["too_far_behind", "greater_than_max_sample_age"].map((reason) => discarded(reason, "0+3x90")),
        ],
        at: "60m",
        fires: [],
    },
    {
        what: "the Loki of another stack discards lines",
        input: [
            ...but({}),
            {
                series: `loki_discarded_samples_total{job="${jobs.loki}",namespace="other",reason="stream_limit"}`,
                values: "0+3x90",
            },
        ],
        at: "60m",
        fires: [],
    },
    {
        what: "K-158: one of two Alertmanagers doesn't answer",
        input: but({ alertmanager0: up("alertmanager", "alertmanager-perch-0", "1x30 0x60") }),
        at: "40m",
        fires: [{ alert: "AlertmanagerDown", labels: own, value: "1" }],
    },
    {
        what: "K-158: no Alertmanager is left",
        input: but({ alertmanager0: undefined, alertmanager1: undefined }),
        at: "10m",
        fires: [{ alert: "AlertmanagerDown", labels: own, value: "2" }],
    },
    {
        what: "K-158: an Alertmanager restarts for three minutes",
        input: but({ alertmanager0: up("alertmanager", "alertmanager-perch-0", "1x30 0x2 1x60") }),
        at: "36m",
        fires: [],
    },
];

function ruleOf(alert: AlertName): AlertRule {
    const found = rules.find((rule) => rule.alert === alert);
    if (found === undefined) {
        throw new Error(`no rule ${alert}`);
    }
    return found;
}

/** The annotations as Prometheus fills them in for this alert. */
function annotations(alert: AlertName, fires: Case["fires"][number]) {
    const fill = (text: string) =>
        text
            .replaceAll(/\{\{ \$value[^}]*\}\}/g, fires.value ?? "")
            .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => fires.labels?.[label] ?? "");
    const { summary, description } = ruleOf(alert);
    const given = { summary, description };
    return Object.fromEntries(Object.entries(given).map(([key, text]) => [key, fill(text)]));
}

/** A test file for `promtool test rules`: every alert is asked for, so that what isn't expected fails. */
function testFile({ what, input, at, fires }: Case): string {
    return stringify(
        {
            rule_files: ["rules.yaml"],
            evaluation_interval: "1m",
            tests: [
                {
                    name: what,
                    interval: "1m",
                    input_series: input,
                    alert_rule_test: rules.map(({ alert: alertname }) => ({
                        eval_time: at,
                        alertname,
                        exp_alerts: fires
                            .filter(({ alert }) => alert === alertname)
                            .map((one) => ({
                                exp_labels: { ...one.labels, severity: ruleOf(alertname).severity },
                                exp_annotations: annotations(alertname, one),
                            })),
                    })),
                },
            ],
        },
        { lineWidth: 0 },
    );
}

interface Rules {
    groups: { rules: object[] }[];
}

describe("The rules of every stack file and profile, as promtool sees them", function () {
    this.timeout(120_000);

    for (const [name, settingsOf] of Object.entries(stacks)) {
        it(`V-14: are accepted, without a lint complaint: ${name}`, async function () {
            const { resources } = await deployStack(settingsOf());
            const objects = kubeObjects(resources).filter(({ kind }) => kind === "PrometheusRule");
            const found = objects.flatMap(({ spec }) => (spec as Rules).groups.flatMap((group) => group.rules));
            if (objects.length === 0) {
                expect(name).to.be.oneOf(["profile perch", "profile severed", "profile acd"]);
                return;
            }
            const files = Object.fromEntries(
                objects.map(({ metadata, spec }) => [`${metadata.name}.yaml`, stringify(spec, { lineWidth: 0 })]),
            );
            const said = await check(
                "promtool",
                ["check", "rules", "--lint=all", "--lint-fatal", ...Object.keys(files)],
                files,
            );
            const counts = [...said.matchAll(/(\d+) rules found/g)].map(([, count]) => Number(count));
            expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(found.length);
        });
    }
});

describe("The rules on the stack itself, as promtool sees them", function () {
    this.timeout(120_000);

    it("are proven both to fire and to keep still, each of them", () => {
        for (const { alert } of rules) {
            expect(
                cases.some(({ fires }) => fires.some((one) => one.alert === alert)),
                alert,
            ).to.equal(true);
        }
    });

    for (const one of cases) {
        const outcome = one.fires.length === 0 ? "nothing fires" : one.fires.map(({ alert }) => alert).join(", ");
        it(`${one.what}: ${outcome}`, async () => {
            await check("promtool", ["test", "rules", "test.yaml"], {
                "rules.yaml": rendered,
                "test.yaml": testFile(one),
            });
        });
    }

    it("would notice a rule that fires when it shouldn't", async () => {
        const [quiet] = cases;
        let message = "";
        await check("promtool", ["test", "rules", "test.yaml"], {
            "rules.yaml": rendered.replace(/- \(sum/g, "- 0 * (sum"),
            "test.yaml": testFile(quiet!),
        }).catch((error: unknown) => {
            message = (error as Error).message;
        });
        expect(message).to.include("FAILED").and.include("PrometheusDown");
    });
});
