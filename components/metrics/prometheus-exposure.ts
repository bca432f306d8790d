import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ExternalAccess, externalUrl } from "../platform/exposure";
import { type Endpoint, urlOf } from "../workload/endpoint";
import type { PrometheusArgs } from "./prometheus";
import { operatedPods } from "./prometheus-names";

/** Name of the Service through which Prometheus is reached from outside. */
const objectName = "prometheus-external";

/**
 * What links in notifications begin with: the address from outside where the settings tell it, else the one inside the
 * cluster, which is right for all replicas and shards. By itself each would write the name of its pod.
 */
export function linkUrl(
    { settings: { exposure }, nodeHost }: Pick<PrometheusArgs, "settings" | "nodeHost">,
    endpoint: Endpoint,
): string {
    return externalUrl(exposure, nodeHost, endpoint.port) ?? urlOf(endpoint);
}

/**
 * The way to Prometheus from outside, where the settings ask for one: a Service of its own, for that of the cluster's
 * inside has the config-reloader's port too.
 *
 * @returns where users find it; undefined where it isn't exposed
 */
export function exposePrometheus(
    name: string,
    { platform, settings: { exposure }, nodeHost }: Pick<PrometheusArgs, "platform" | "settings" | "nodeHost">,
    endpoint: Endpoint,
    opts: pulumi.ComponentResourceOptions,
): pulumi.Output<string> | undefined {
    if (exposure.kind === "none") {
        return undefined;
    }
    const service = new k8s.core.v1.Service(
        `${name}-external`,
        {
            metadata: {
                ...platform.metadata(objectName, platform.selector("prometheus", "prometheus")),
                // Its pods come later, from the operator.
                annotations: { "pulumi.com/skipAwait": "true" },
            },
            spec: {
                type: "NodePort",
                selector: operatedPods,
                ports: [
                    {
                        name: endpoint.portName,
                        port: endpoint.port,
                        targetPort: endpoint.portName,
                        nodePort: exposure.port,
                    },
                ],
            },
        },
        opts,
    );
    const host = nodeHost === undefined ? {} : { host: nodeHost };
    return new ExternalAccess(name, { platform, exposure, objectName, endpoint, service, ...host }, opts).url;
}
