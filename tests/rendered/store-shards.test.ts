import { stringify } from "yaml";
import { jobNames } from "../../config/jobs";
import { settingsSchema } from "../../config/schema";
import { alertRules, ruleFamilies, ruleFile } from "../../rules";
import { check } from "./support/check";

const settings = settingsSchema.parse({
    cluster: { name: "test" },
    longTerm: { kind: "thanos", store: { shards: { kind: "hash", count: 2 } } },
});
const { namespace } = settings.platform;
const jobs = jobNames(settings.metrics);
const thanos = ruleFamilies(settings, jobs).find(({ name }) => name === "thanos")?.groups ?? [];
const groups = thanos.map((group) => ({
    ...group,
    rules: alertRules([group]).filter(({ alert }) => alert === "ThanosStoreIsDown"),
}));

const alert = 'alertname="ThanosStoreIsDown",alertstate="firing"';

/** Whether one store gateway of each shard is up, by the shard's number. */
async function expectFiring(up: readonly boolean[], firing: readonly number[]): Promise<void> {
    const labels = (shard: number) =>
        `job="${jobs.thanosStore}",namespace="${namespace}",service="thanos-store-${shard}"`;
    const test = {
        interval: "1m",
        input_series: up.flatMap((isUp, shard) =>
            isUp ? [{ series: `up{${labels(shard)},pod="thanos-store-${shard}-1"}`, values: "1x15" }] : [],
        ),
        promql_expr_test: [
            {
                expr: `ALERTS{${alert}}`,
                eval_time: "10m",
                exp_samples: firing.map((shard) => ({
                    labels: `ALERTS{${alert},namespace="${namespace}",service="thanos-store-${shard}",severity="critical"}`,
                    value: 1,
                })),
            },
        ],
    };
    const file = { rule_files: ["rules.yaml"], evaluation_interval: "1m", tests: [test] };
    await check("promtool", ["test", "rules", "test.yaml"], {
        "rules.yaml": stringify(ruleFile(groups), { lineWidth: 0 }),
        "test.yaml": stringify(file, { lineWidth: 0 }),
    });
}

describe("ThanosStoreIsDown with shards", () => {
    it("tells of the shard of which no store gateway is left, though the other one answers", () =>
        expectFiring([true, false], [1]));

    it("tells of each that is gone", () => expectFiring([false, false], [0, 1]));

    it("is quiet while each shard has one", () => expectFiring([true, true], []));
}).timeout(60_000);
