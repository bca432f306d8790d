import { isSharded } from "../../config/shards";
import { dashboards } from "../../dashboards";
import type { Alertmanager } from "../alerting";
import { Grafana } from "../grafana";
import type { Loki } from "../logs";
import type { Thanos } from "../long-term";
import type { Prometheus, VictoriaMetrics } from "../metrics";
import type { Ground } from "./ground";

export function makeGrafana(
    { name, parent, settings: all, shared, secrets }: Ground,
    parts: {
        prometheus: Prometheus;
        thanos: Thanos | undefined;
        victoriaMetrics: VictoriaMetrics | undefined;
        loki: Loki | undefined;
        alertmanager: Alertmanager | undefined;
    },
): Grafana {
    const { grafana: settings, metrics, networkPolicies } = all;
    const { grafanaAdmin, grafanaSecretKey, grafanaMetrics } = secrets;
    // Of several shards it would show the targets of whichever answers.
    const direct = parts.thanos === undefined || (settings.directPrometheus && !isSharded(metrics));
    return new Grafana(
        `${name}-grafana`,
        {
            ...shared,
            settings,
            secrets: { admin: grafanaAdmin, secretKey: grafanaSecretKey, metrics: grafanaMetrics },
            clients: networkPolicies.clients.cidrs,
            datasources: {
                thanos: parts.thanos?.query,
                prometheus: direct ? parts.prometheus.endpoint : undefined,
                victoriaMetrics: parts.victoriaMetrics?.endpoint,
                loki: parts.loki?.endpoint,
                alertmanager: parts.alertmanager?.web,
            },
            scrapeInterval: metrics.scrapeInterval,
            dashboards: dashboards(all),
        },
        { parent },
    );
}
