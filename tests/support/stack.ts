import { type KubeObject, kubeObjects, type Seen } from "./mocks";

/** One container as the cluster would get it. */
export interface Container {
    name: string;
    image: string;
    ports?: { name?: string; containerPort: number; protocol?: string }[];
    resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
    securityContext?: {
        allowPrivilegeEscalation?: boolean;
        readOnlyRootFilesystem?: boolean;
        capabilities?: { drop?: string[]; add?: string[] };
        privileged?: boolean;
    };
    readinessProbe?: object;
    livenessProbe?: object;
    volumeMounts?: { name: string; mountPath: string }[];
    args?: string[];
    env?: { name: string; value?: string; valueFrom?: object }[];
}

/** The fields of a pod that the house standard speaks of. */
export interface PodSpec {
    containers: Container[];
    initContainers?: Container[];
    volumes?: { name: string; hostPath?: object; configMap?: { name: string }; secret?: { secretName: string } }[];
    securityContext?: {
        runAsNonRoot?: boolean;
        runAsUser?: number;
        fsGroup?: number;
        seccompProfile?: { type?: string };
    };
    serviceAccountName?: string;
    automountServiceAccountToken?: boolean;
    hostNetwork?: boolean;
    hostPID?: boolean;
    priorityClassName?: string;
    terminationGracePeriodSeconds?: number;
    topologySpreadConstraints?: { topologyKey: string }[];
}

/** A pod that the stack makes, whoever makes it. */
export interface Pod {
    /** `<kind> <name>` of what makes it. */
    owner: string;
    namespace: string;
    labels: Record<string, string>;
    replicas: number | undefined;
    /** Made by the operator: then `spec` has only what we tell it. */
    operatorMade: boolean;
    /** Ports by number. */
    ports: number[];
    /** Names of the ports. */
    portNames: string[];
    spec: PodSpec;
}

export interface ControllerSpec {
    replicas?: number;
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
}

interface OperatedSpec extends PodSpec {
    replicas?: number;
    podMetadata?: { labels?: Record<string, string> };
    thanos?: object;
}

/** What the operator makes of a resource of its own. */
interface Operated {
    ports: Record<string, number>;
    labels: (name: string) => Record<string, string>;
    /** What the StatefulSet's name starts with, and its main container's is. */
    prefix: string;
    /** What follows the StatefulSet's name in that of its claims. */
    volume: string;
}

/** By the resource's kind; from the operator's own sources, version 0.93. */
export const operated: Readonly<Record<string, Operated>> = {
    Prometheus: {
        prefix: "prometheus",
        volume: "db",
        ports: { web: 9090, "reloader-web": 8080, grpc: 10901, http: 10902 },
        labels: (name) => ({
            "app.kubernetes.io/name": "prometheus",
            "app.kubernetes.io/managed-by": "prometheus-operator",
            "app.kubernetes.io/instance": name,
            "operator.prometheus.io/name": name,
            "operator.prometheus.io/shard": "0",
            prometheus: name,
        }),
    },
    ThanosRuler: {
        prefix: "thanos-ruler",
        volume: "data",
        ports: { web: 10902, grpc: 10901, "reloader-web": 8080 },
        labels: (name) => ({
            "app.kubernetes.io/name": "thanos-ruler",
            "app.kubernetes.io/managed-by": "prometheus-operator",
            "app.kubernetes.io/instance": name,
            "thanos-ruler": name,
        }),
    },
    Alertmanager: {
        prefix: "alertmanager",
        volume: "db",
        ports: { web: 9093, "mesh-tcp": 9094, "mesh-udp": 9094, "reloader-web": 8080 },
        labels: (name) => ({
            "app.kubernetes.io/name": "alertmanager",
            "app.kubernetes.io/managed-by": "prometheus-operator",
            "app.kubernetes.io/instance": name,
            alertmanager: name,
        }),
    },
};

/** The pod that an object leads to, if it does. */
export function podOf(object: KubeObject): Pod[] {
    const namespace = object.metadata.namespace ?? "";
    const owner = `${object.kind} ${object.metadata.name}`;
    const made = operated[object.kind];
    if (made !== undefined) {
        const spec = object.spec as OperatedSpec;
        return [
            {
                owner,
                namespace,
                // The operator's own labels win over those of podMetadata.
                labels: { ...spec.podMetadata?.labels, ...made.labels(object.metadata.name) },
                replicas: spec.replicas,
                operatorMade: true,
                ports: Object.values(made.ports),
                portNames: Object.keys(made.ports),
                spec,
            },
        ];
    }
    if (!["Deployment", "StatefulSet", "DaemonSet"].includes(object.kind)) {
        return [];
    }
    const spec = object.spec as ControllerSpec;
    const ports = spec.template.spec.containers.flatMap((container) => container.ports ?? []);
    return [
        {
            owner,
            namespace,
            labels: spec.template.metadata.labels,
            replicas: spec.replicas,
            operatorMade: false,
            ports: ports.map((port) => port.containerPort),
            portNames: ports.flatMap((port) => (port.name === undefined ? [] : [port.name])),
            spec: spec.template.spec,
        },
    ];
}

/** Every pod that these resources lead to. */
export function podsOf(resources: Seen[]): Pod[] {
    return kubeObjects(resources).flatMap(podOf);
}

/** Whether a label selector takes these labels. */
export function selects(matchLabels: Record<string, string> | undefined, labels: Record<string, string>): boolean {
    return Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}

/** All objects of a kind. */
export function ofKind(resources: Seen[], kind: string): KubeObject[] {
    return kubeObjects(resources).filter((object) => object.kind === kind);
}

/** The parts of a NetworkPolicy that say who may come in. */
export interface PolicySpec {
    podSelector: { matchLabels?: Record<string, string> };
    ingress?: {
        from: { podSelector?: { matchLabels?: Record<string, string> } }[];
        ports: { port: number }[];
    }[];
}

/** Every port of a pod that a ServiceMonitor of the stack names. */
export function scrapedPorts(resources: Seen[], pods: Pod[]): { pod: Pod; port: number }[] {
    return ofKind(resources, "ServiceMonitor").flatMap((monitor) => {
        const { selector, endpoints } = monitor.spec as {
            selector: { matchLabels: Record<string, string> };
            endpoints: { port: string }[];
        };
        const services = ofKind(resources, "Service").filter(
            (o) =>
                o.metadata.namespace === monitor.metadata.namespace &&
                selects(selector.matchLabels, o.metadata.labels ?? {}),
        );
        return services.flatMap((service) => {
            const spec = service.spec as {
                selector: Record<string, string>;
                ports: { name: string; targetPort: string | number }[];
            };
            const named = endpoints.map(({ port }) => spec.ports.find(({ name }) => name === port)?.targetPort);
            return pods
                .filter((pod) => pod.namespace === service.metadata.namespace && selects(spec.selector, pod.labels))
                .flatMap((pod) =>
                    named.map((port) => ({
                        pod,
                        port: typeof port === "number" ? port : pod.ports[pod.portNames.indexOf(port ?? "")]!,
                    })),
                );
        });
    });
}
