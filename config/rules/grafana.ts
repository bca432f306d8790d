import { platforms } from "../platforms";
import { wrong } from "../problems";
import { rule, when, type Rule } from "./rule";

export const grafanaRules: readonly Rule[] = [
    rule(["grafana"], ({ grafana }) =>
        when(grafana.exposure.kind === "ingress" && grafana.host === undefined, () => ({
            path: "grafana.host",
            message:
                "missing; expected the host name under which Grafana is reached, such as grafana.example.com " +
                "(or grafana.exposure.kind none)",
        })),
    ),
    rule(["cluster", "grafana"], ({ cluster: { platform }, grafana: { exposure } }) =>
        when(
            exposure.kind === "ingress" && exposure.className === undefined && !platforms[platform].defaultIngressClass,
            () => ({
                path: "grafana.exposure.className",
                message:
                    `missing; expected the IngressClass of the controller that you have installed: ${platform}, as ` +
                    "cluster.platform says, brings none (kubectl get ingressclass), or another grafana.exposure.kind",
            }),
        ),
    ),
    rule(["grafana"], ({ grafana: { anonymous, exposure } }) =>
        when(
            anonymous.kind === "viewer" &&
                !anonymous.publicly &&
                exposure.kind === "ingress" &&
                exposure.tls.kind !== "none",
            () => ({
                path: "grafana.anonymous.publicly",
                message:
                    "missing; expected true if whoever finds this ingress with TLS may read all metrics and logs, " +
                    "or grafana.anonymous.kind none",
            }),
        ),
    ),
    // The cookie of a login says that it is for HTTPS alone, and both ways lead to the same port.
    rule(["grafana"], ({ grafana: { exposure } }) =>
        when(exposure.kind === "ingress" && exposure.loadBalancer && exposure.tls.kind !== "none", () =>
            wrong(
                "grafana.exposure.loadBalancer",
                true,
                "false, or grafana.exposure.tls.kind none: the load balancer speaks plain HTTP, by which nobody could " +
                    "log in beside an ingress with TLS",
            ),
        ),
    ),
    rule(["grafana"], ({ grafana }) =>
        when(grafana.replicas > 1, () =>
            wrong(
                "grafana.replicas",
                grafana.replicas,
                "1: more replicas need a shared PostgreSQL, which isn't there yet",
            ),
        ),
    ),
    rule(["grafana", "longTerm", "logs"], ({ grafana, longTerm, logs }) => {
        const { defaultDatasource } = grafana;
        const missing =
            defaultDatasource === "thanos" && longTerm.kind === "none"
                ? "longTerm"
                : defaultDatasource === "loki" && logs.kind === "none"
                  ? "logs"
                  : undefined;
        if (defaultDatasource === "prometheus" && longTerm.kind !== "none" && !grafana.directPrometheus) {
            return [
                wrong(
                    "grafana.defaultDatasource",
                    defaultDatasource,
                    "a datasource that is there: grafana.directPrometheus is false, and Thanos is in its place",
                ),
            ];
        }
        return when(missing !== undefined, () =>
            wrong(
                "grafana.defaultDatasource",
                defaultDatasource,
                `a datasource that is there: ${missing ?? ""}.kind is none`,
            ),
        );
    }),
];
