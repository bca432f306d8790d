import type { KubernetesObject, V1Container, V1Deployment, V1Service } from "@kubernetes/client-node";
import { benchImages } from "../../sandbox/images";
import { create, freshNamespace, scale } from "./cluster";
import { benchNamespace, generatorName, loadPort } from "./names";
import type { LoadOptions, Variant } from "./options";

/** Nothing of the bench needs a right on the machine or a token of the cluster. */
export const unprivileged = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        fsGroup: 65534,
        seccompProfile: { type: "RuntimeDefault" },
    },
} as const;

/** What the stack's namespace asks of every container. */
export const confined: NonNullable<V1Container["securityContext"]> = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
};

/** Targets for each variant, none of which run yet: each Prometheus has its own, so that no label differs. */
export function generators({ variants, seriesPerTarget }: LoadOptions): KubernetesObject[] {
    return variants.flatMap((variant) => [deployment(variant, seriesPerTarget), service(variant)]);
}

function deployment(variant: Variant, series: number): V1Deployment & KubernetesObject {
    const name = generatorName(variant);
    const labels = { app: name };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace: benchNamespace, name, labels },
        spec: {
            replicas: 0,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    ...unprivileged,
                    containers: [
                        {
                            name: "load",
                            image: benchImages.load,
                            args: ["serve", `-listen=:${loadPort.port}`, `-series=${series}`],
                            ports: [{ name: loadPort.name, containerPort: loadPort.port }],
                            resources: { requests: { cpu: "10m", memory: "32Mi" } },
                            securityContext: confined,
                            readinessProbe: { tcpSocket: { port: loadPort.port }, periodSeconds: 2 },
                        },
                    ],
                },
            },
        },
    };
}

/** By which a Prometheus without the right to read pods finds them. */
function service(variant: Variant): V1Service & KubernetesObject {
    const name = generatorName(variant);
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: benchNamespace, name },
        spec: { clusterIP: "None", selector: { app: name }, ports: [loadPort] },
    };
}

/** Makes the namespace and what is in it from the start. */
export async function startBench(options: LoadOptions): Promise<void> {
    await freshNamespace(benchNamespace);
    await create(...generators(options));
}

/** Sets how many targets there are. */
export function setTargets(variant: Variant, count: number): Promise<void> {
    return scale(benchNamespace, generatorName(variant), count);
}
