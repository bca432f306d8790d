import { expect } from "chai";
import { parse } from "yaml";
import { datasources, type DatasourceTargets, renderDatasources } from "../../../components/grafana/datasources";
import { endpointOf } from "../../support/platform";

const thanos = endpointOf("thanos-query", 10902);
const prometheus = endpointOf("prometheus", 9090);
const loki = endpointOf("loki-gateway", 80);
const alertmanager = endpointOf("alertmanager", 9093);
const options = { scrapeInterval: "30s" };

const defaults = (targets: DatasourceTargets, asked?: "thanos" | "prometheus" | "loki") =>
    datasources(targets, { ...options, ...(asked === undefined ? {} : { defaultDatasource: asked }) })
        .filter(({ isDefault }) => isDefault)
        .map(({ uid }) => uid);

describe("Grafana's data sources", () => {
    it("K-86: asks Thanos Query for metrics, by default and at the best resolution", () => {
        const [first] = datasources({ thanos, prometheus, loki, alertmanager }, options);
        expect(first).to.deep.equal({
            uid: "thanos",
            name: "Thanos",
            type: "prometheus",
            access: "proxy",
            url: "http://thanos-query.monitoring.svc:10902",
            isDefault: true,
            editable: false,
            jsonData: {
                httpMethod: "POST",
                timeInterval: "30s",
                manageAlerts: true,
                incrementalQuerying: false,
                prometheusType: "Thanos",
                customQueryParameters: "max_source_resolution=auto&partial_response=true",
            },
        });
    });

    it("K-60 K-87: asks Loki by its gateway", () => {
        const found = datasources({ thanos, loki }, options).find(({ uid }) => uid === "loki");
        expect(found).to.deep.include({ type: "loki", url: "http://loki-gateway.monitoring.svc:80", isDefault: false });
    });

    it("A-12 A-20: asks VictoriaMetrics beside Prometheus, never by default", () => {
        const victoriaMetrics = endpointOf("victoria-metrics", 8428);
        const found = datasources({ prometheus, victoriaMetrics, alertmanager }, options);
        expect(found.map(({ uid, type, isDefault }) => [uid, type, isDefault])).to.deep.equal([
            ["prometheus", "prometheus", true],
            ["victoriaMetrics", "prometheus", false],
            ["alertmanager", "alertmanager", false],
        ]);
        expect(found[1]).to.deep.include({
            name: "VictoriaMetrics",
            url: "http://victoria-metrics.monitoring.svc:8428",
        });
        expect(defaults({ victoriaMetrics })).to.deep.equal([]);
    });

    it("follows from what is on", () => {
        const uids = (targets: DatasourceTargets) => datasources(targets, options).map(({ uid }) => uid);
        expect(uids({ thanos, prometheus, loki, alertmanager })).to.deep.equal([
            "thanos",
            "prometheus",
            "loki",
            "alertmanager",
        ]);
        expect(uids({ prometheus, alertmanager })).to.deep.equal(["prometheus", "alertmanager"]);
        expect(uids({})).to.deep.equal([]);
    });

    it("has exactly one default, whatever is on", () => {
        expect(defaults({ thanos, loki, alertmanager })).to.deep.equal(["thanos"]);
        expect(defaults({ prometheus, loki })).to.deep.equal(["prometheus"]);
        expect(defaults({ loki, alertmanager })).to.deep.equal(["loki"]);
        expect(defaults({ thanos, prometheus })).to.deep.equal(["thanos"]);
        expect(defaults({ thanos, loki }, "loki")).to.deep.equal(["loki"]);
        expect(defaults({ alertmanager })).to.deep.equal([]);
    });

    it("refuses a default that is off, and says what there is", () => {
        expect(() => defaults({ prometheus }, "loki")).to.throw(
            'grafana.defaultDatasource is "loki", but Grafana has no such data source; there are: prometheus',
        );
        expect(() => defaults({ thanos }, "prometheus")).to.throw("there are: thanos");
    });

    it("removes from Grafana what isn't there any more", () => {
        expect(parse(renderDatasources({ loki }, options))).to.deep.include({ apiVersion: 1, prune: true });
    });
});
