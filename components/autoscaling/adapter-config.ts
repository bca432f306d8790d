import { stringify } from "yaml";
import type { AdapterRule, PrometheusAdapterSettings } from "../../config/schema";

/** Name of the adapter's file. */
export const adapterFile = "config.yaml";

/** A rule as the adapter reads it (pkg/config of prometheus-adapter 0.12). */
function rendered({ api, series, objects, name, query }: AdapterRule) {
    // It takes the asker's namespace for a matcher otherwise, and fails where no label is one.
    const everywhere = api === "external" && !Object.values(objects).includes("namespace");
    return {
        seriesQuery: series,
        resources: {
            overrides: Object.fromEntries(Object.entries(objects).map(([label, resource]) => [label, { resource }])),
            ...(everywhere ? { namespaced: false } : {}),
        },
        name: { matches: name.matches, as: name.as },
        metricsQuery: query,
    };
}

/** The adapter's configuration. It never has `resourceRules`: CPU and memory are metrics-server's. */
export function adapterConfig({ rules }: Pick<PrometheusAdapterSettings, "rules">): string {
    const of = (api: AdapterRule["api"]) =>
        Object.values(rules)
            .filter((one) => one.api === api)
            .map(rendered);
    const external = of("external");
    return stringify(
        { rules: of("custom"), ...(external.length === 0 ? {} : { externalRules: external }) },
        { lineWidth: 0 },
    );
}
