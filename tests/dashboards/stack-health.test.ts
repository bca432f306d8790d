import { expect } from "chai";
import { jobNames } from "../../config/jobs";
import { settingsSchema } from "../../config/schema";
import { stackHealth, stackHealthSections, type StackHealthSettings } from "../../dashboards/stack-health";
import { promqlErrors, vectorSelectors } from "../support/promql";

const everything = settingsSchema.parse({ cluster: { name: "test" } });
const least = settingsSchema.parse({
    cluster: { name: "test" },
    longTerm: { kind: "none" },
    logs: { kind: "none" },
    collection: { logs: { kind: "none" } },
    alerting: { kind: "none" },
    metrics: { kubelet: false },
});

const titles = (settings: StackHealthSettings) => stackHealthSections(settings).map(({ title }) => title);
const queries = (settings: StackHealthSettings) =>
    stackHealthSections(settings)
        .flatMap(({ numbers, graphs }) => [...numbers, ...graphs])
        .flatMap((panel) => panel.queries);

describe("Dashboard of the stack's health", () => {
    it("K-159: has a row for each part that is on, in the order of the data", () => {
        expect(titles(everything)).to.deep.equal([
            "Prometheus",
            "Thanos",
            "Loki",
            "Alloy",
            "Alertmanager",
            "Grafana",
            "Resources",
        ]);
    });

    it("leaves out the rows of what is off", () => {
        expect(titles(least)).to.deep.equal(["Prometheus", "Grafana"]);
    });

    it("has only expressions that parse", () => {
        const wrong = queries(everything).flatMap(({ expr }) => promqlErrors(expr).map((error) => `${expr} ${error}`));
        expect(wrong).to.deep.equal([]);
    });

    it("notices an expression that doesn't parse", () => {
        expect(promqlErrors("sum(rate(up[5m])")).not.to.deep.equal([]);
    });

    it("selects by the names of the job table alone, and always by cluster", () => {
        const jobs = new Set<string>(Object.values(jobNames(everything.metrics)));
        const selectors = queries(everything).flatMap(({ expr }) => vectorSelectors(expr));
        const strays = selectors.filter(({ metric, matchers }) => {
            const named = matchers.job?.split("|") ?? [];
            // Targets of any job may be down.
            const ofAnyJob = metric === "up" && named.length === 0;
            return (
                matchers.cluster !== "$cluster" ||
                named.some((job) => !jobs.has(job)) ||
                (named.length === 0 && !ofAnyJob)
            );
        });
        expect(strays).to.deep.equal([]);
        expect(selectors.length).to.be.greaterThan(40);
    });

    it("follows the profile's job name", () => {
        const renamed = settingsSchema.parse({ cluster: { name: "test" }, metrics: { jobName: "kup6s" } });
        const [first] = queries(renamed);
        expect(first?.expr).to.contain('job="kup6s"');
    });

    it("K-159: shows the gateways of a divided Loki, and none where there is one process", () => {
        const divided = settingsSchema.parse({ cluster: { name: "test" }, logs: { kind: "simpleScalable" } });
        const metrics = (settings: StackHealthSettings) =>
            queries(settings)
                .flatMap(({ expr }) => vectorSelectors(expr))
                .filter(({ matchers }) => matchers.job === "loki-gateway")
                .map(({ metric }) => metric);
        expect(metrics(divided)).to.deep.equal(["nginx_up", "nginx_http_requests_total"]);
        expect(metrics(everything)).to.deep.equal([]);
    });

    for (const [row, metric] of [
        ["K-150", "loki_ingester_chunks_flushed_total"],
        ["K-149", "thanos_shipper_uploads_total"],
        ["K-148", "prometheus_tsdb_head_series"],
    ] as const) {
        it(`${row}: shows ${metric}`, () => {
            expect(queries(everything).flatMap(({ expr }) => vectorSelectors(expr).map((s) => s.metric))).to.include(
                metric,
            );
        });
    }

    it("says of every panel what it means, in which unit and under which legend", () => {
        const panels = stackHealthSections(everything).flatMap(({ numbers, graphs }) => [...numbers, ...graphs]);
        expect(panels.filter((p) => p.description === "" || p.unit === "" || p.queries.length === 0)).to.deep.equal([]);
        expect(queries(everything).filter(({ legend }) => legend === "")).to.deep.equal([]);
    });

    it("takes the data source and the cluster from variables, and fits the grid", () => {
        const { dashboard } = stackHealth(everything);
        expect(dashboard.uid).to.equal("perch-stack-health");
        expect(dashboard.templating.list?.map(({ name }) => name)).to.deep.equal(["datasource", "cluster"]);
        for (const panel of dashboard.panels ?? []) {
            const { x, w } = panel.gridPos ?? { x: 0, w: 0 };
            expect(x + w, panel.title).to.be.at.most(24);
        }
        expect(JSON.stringify(dashboard)).not.to.match(/"uid":"(thanos|prometheus)"/);
        expect(JSON.stringify(dashboard).length).to.be.lessThan(2 ** 20);
    });

    it("K-149: expects uploads as often as there are blocks", () => {
        const uploads = (blockLength?: string) => {
            const settings = settingsSchema.parse({ cluster: { name: "test" }, metrics: { blockLength } });
            const panels = stackHealthSections(settings).flatMap(({ numbers }) => numbers);
            return ["Oldest last upload", "Uploads"].map((title) => {
                const { description, limits } = panels.find((panel) => panel.title === title)!;
                return [/due every \w+|\d+ a day/.exec(description)?.[0], limits?.warn, limits?.bad];
            });
        };
        expect(uploads()).to.deep.equal([
            ["due every 2h", 10_800, 21_600],
            ["12 a day", 12, 1],
        ]);
        expect(uploads("2m")).to.deep.equal([
            ["due every 2m", 180, 360],
            ["720 a day", 720, 1],
        ]);
    });

    it("turns yellow when fewer servers answer than there should be", () => {
        const [prometheus] = stackHealthSections(everything);
        expect(prometheus?.numbers[0]?.limits).to.deep.equal({ good: "high", warn: 2, bad: 1 });
        const alone = settingsSchema.parse({ cluster: { name: "test" }, metrics: { replicas: 1 } });
        expect(stackHealthSections(alone)[0]?.numbers[0]?.limits).to.deep.equal({ good: "high", bad: 1 });
    });

    it("numbers its panels and queries", () => {
        const panels = stackHealth(everything).dashboard.panels ?? [];
        expect(panels.map(({ id }) => id)).to.deep.equal(panels.map((_, index) => index + 1));
        expect(JSON.stringify(panels).split('"refId"').length - 1).to.equal(queries(everything).length);
    });

    it("gives the same JSON each time", () => {
        expect(JSON.stringify(stackHealth(everything))).to.equal(JSON.stringify(stackHealth(everything)));
    });
});
