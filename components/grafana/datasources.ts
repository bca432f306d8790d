import { stringify } from "yaml";
import { connectionTimeoutSeconds } from "../logs/loki-config";
import { type Endpoint, urlOf } from "../workload/endpoint";

/** What Grafana can be a client of; a part that is off isn't there. */
export interface DatasourceTargets {
    /** Thanos Query. */
    thanos?: Endpoint;
    /** Prometheus itself; beside Thanos, which asks it anyway, only where that is wanted. */
    prometheus?: Endpoint;
    /** Series that are kept apart. */
    victoriaMetrics?: Endpoint;
    loki?: Endpoint;
    alertmanager?: Endpoint;
}

/** Fixed identifier of a data source: dashboards and links name it, so it never changes. */
export type DatasourceUid = keyof DatasourceTargets;

/** What new panels may use without asking. */
export type DefaultDatasource = Exclude<DatasourceUid, "alertmanager" | "victoriaMetrics">;

/** Settings that the data sources follow from. */
export interface DatasourceOptions {
    /** How often series get a sample, `30s`. */
    scrapeInterval: string;
    /** @default the widest source of metrics, else logs */
    defaultDatasource?: DefaultDatasource;
}

/** One entry of Grafana's provisioning file. */
export interface Datasource {
    uid: DatasourceUid;
    name: string;
    type: "prometheus" | "loki" | "alertmanager";
    access: "proxy";
    url: string;
    isDefault: boolean;
    editable: false;
    jsonData: Record<string, string | number | boolean>;
}

type Described = Pick<Datasource, "name" | "type" | "jsonData">;

function describe(uid: DatasourceUid, { scrapeInterval }: DatasourceOptions): Described {
    const metrics = {
        httpMethod: "POST",
        timeInterval: scrapeInterval,
        // The rules are in files; here they are only looked at.
        manageAlerts: true,
        incrementalQuerying: false,
    };
    switch (uid) {
        case "thanos":
            return {
                name: "Thanos",
                type: "prometheus",
                jsonData: {
                    ...metrics,
                    prometheusType: "Thanos",
                    // Long ranges would ask for raw samples that downsampling has left nothing of (thanos#7296). A graph
                    // with a gap and a warning says more than none.
                    customQueryParameters: "max_source_resolution=auto&partial_response=true",
                },
            };
        case "prometheus":
            return { name: "Prometheus", type: "prometheus", jsonData: { ...metrics, prometheusType: "Prometheus" } };
        case "victoriaMetrics":
            // Its rules would be Prometheus's own once more.
            return { name: "VictoriaMetrics", type: "prometheus", jsonData: { ...metrics, manageAlerts: false } };
        case "loki":
            return {
                name: "Loki",
                type: "loki",
                jsonData: { maxLines: 1000, timeout: connectionTimeoutSeconds, manageAlerts: false },
            };
        case "alertmanager":
            return {
                name: "Alertmanager",
                type: "alertmanager",
                jsonData: { implementation: "prometheus", handleGrafanaManagedAlerts: false },
            };
    }
}

/** The targets that Grafana gets a data source for, each with its endpoint. */
export function usedTargets(targets: DatasourceTargets): [DatasourceUid, Endpoint][] {
    const { thanos, prometheus, victoriaMetrics, loki, alertmanager } = targets;
    const all: [DatasourceUid, Endpoint | undefined][] = [
        ["thanos", thanos],
        ["prometheus", prometheus],
        ["victoriaMetrics", victoriaMetrics],
        ["loki", loki],
        ["alertmanager", alertmanager],
    ];
    return all.flatMap(([uid, endpoint]) => (endpoint === undefined ? [] : [[uid, endpoint]]));
}

/**
 * The one default: what was asked for, else the first that there is.
 *
 * @throws Error when the part that was asked for is off
 */
export function defaultDatasource(
    targets: DatasourceTargets,
    asked?: DefaultDatasource,
): DefaultDatasource | undefined {
    const candidates = usedTargets(targets)
        .map(([uid]) => uid)
        .filter((uid) => uid !== "alertmanager" && uid !== "victoriaMetrics");
    if (asked !== undefined && !candidates.includes(asked)) {
        const there = candidates.length === 0 ? "there is none" : `there are: ${candidates.join(", ")}`;
        throw new Error(`grafana.defaultDatasource is "${asked}", but Grafana has no such data source; ${there}`);
    }
    return asked ?? candidates[0];
}

/** Data sources of what is on; exactly one is the default, unless nothing can be queried at all. */
export function datasources(targets: DatasourceTargets, options: DatasourceOptions): Datasource[] {
    const chosen = defaultDatasource(targets, options.defaultDatasource);
    return usedTargets(targets).map(([uid, endpoint]) => ({
        uid,
        ...describe(uid, options),
        access: "proxy",
        url: urlOf(endpoint),
        isDefault: uid === chosen,
        editable: false,
    }));
}

/** The provisioning file; data sources that it no longer names are removed from Grafana. */
export function renderDatasources(targets: DatasourceTargets, options: DatasourceOptions): string {
    return stringify({ apiVersion: 1, prune: true, datasources: datasources(targets, options) }, { lineWidth: 0 });
}
