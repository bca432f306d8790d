import type {
    V1Deployment,
    V1Ingress,
    V1PersistentVolumeClaim,
    V1Pod,
    V1Service,
    V1StatefulSet,
} from "@kubernetes/client-node";

/** A Deployment of one container. */
export function deployment(namespace: string, name: string, image: string, replicas = 1): V1Deployment {
    const labels = { app: name };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace, name },
        spec: {
            replicas,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "main", image }] } },
        },
    };
}

/** A StatefulSet of one pod with one volume. */
export function statefulSet(namespace: string, name: string, storageClassName: string): V1StatefulSet {
    const labels = { app: name };
    const mount = { name: "data", mountPath: "/data" };
    return {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { namespace, name },
        spec: {
            replicas: 1,
            serviceName: name,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: { containers: [{ name: "main", image: "example/database:1", volumeMounts: [mount] }] },
            },
            volumeClaimTemplates: [
                { metadata: { name: mount.name }, spec: claim(namespace, "", storageClassName).spec },
            ],
        },
    };
}

/** A claim of 5Gi. */
export function claim(namespace: string, name: string, storageClassName?: string): V1PersistentVolumeClaim {
    return {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { namespace, name },
        spec: { storageClassName, accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } },
    };
}

/** A Service of type LoadBalancer without pods. */
export function loadBalancer(namespace: string, name: string): V1Service {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace, name },
        spec: { type: "LoadBalancer", selector: { app: name }, ports: [{ port: 80 }] },
    };
}

/** An Ingress to a Service of its name. */
export function ingress(namespace: string, name: string, ingressClassName?: string): V1Ingress {
    const backend = { service: { name, port: { number: 80 } } };
    return {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { namespace, name },
        spec: {
            ingressClassName,
            rules: [{ host: "a.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
        },
    };
}

/** A pod whose container asks for all privileges. */
export function privilegedPod(namespace: string, name: string): V1Pod {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name },
        spec: { containers: [{ name: "main", image: "x:1", securityContext: { privileged: true } }] },
    };
}
