import type {
    KubernetesObject,
    V1ClusterRole,
    V1ClusterRoleBinding,
    V1ConfigMap,
    V1Deployment,
    V1Service,
    V1ServiceAccount,
} from "@kubernetes/client-node";
import { network } from "../platform/settings";
import { nodeNetwork } from "./settings";

const namespace = "kube-system";
const name = "coredns";
const labels = { "k8s-app": "kube-dns" };

/**
 * Foreign names don't exist here. The two zones stand apart: in one of them the plugin `template` would answer for every
 * name, before `kubernetes` is asked.
 */
const corefile = `.:53 {
    errors
    health
    ready
    prometheus :9153
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
${network.clusterDomain}:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    kubernetes ${network.clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    prometheus :9153
    cache 5
    loadbalance
}
`;

/** The cluster's DNS, as kubeadm deploys it but for what it answers to foreign names. */
export function dnsObjects(image: string): KubernetesObject[] {
    const account: V1ServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } };
    const config: V1ConfigMap = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace, name },
        data: { Corefile: corefile },
    };
    const service: V1Service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace, name: "kube-dns", labels },
        spec: {
            clusterIP: nodeNetwork.dnsIp,
            selector: labels,
            ports: [
                { name: "dns", port: 53, protocol: "UDP" },
                { name: "dns-tcp", port: 53, protocol: "TCP" },
                { name: "metrics", port: 9153, protocol: "TCP" },
            ],
        },
    };
    return [account, ...rights(), config, deployment(image), service];
}

function rights(): [V1ClusterRole, V1ClusterRoleBinding] {
    const api = "rbac.authorization.k8s.io";
    const role = `system:${name}`;
    const verbs = ["list", "watch"];
    return [
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRole",
            metadata: { name: role },
            rules: [
                { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs },
                { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
            ],
        },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name: role },
            roleRef: { apiGroup: api, kind: "ClusterRole", name: role },
            subjects: [{ kind: "ServiceAccount", namespace, name }],
        },
    ];
}

function deployment(image: string): V1Deployment {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace, name, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    priorityClassName: "system-cluster-critical",
                    serviceAccountName: name,
                    // The node's own resolver, not itself.
                    dnsPolicy: "Default",
                    securityContext: {
                        runAsNonRoot: true,
                        runAsUser: 65534,
                        seccompProfile: { type: "RuntimeDefault" },
                    },
                    volumes: [{ name: "config", configMap: { name } }],
                    containers: [
                        {
                            name,
                            image,
                            args: ["-conf", "/etc/coredns/Corefile"],
                            resources: {
                                requests: { cpu: "50m", memory: "70Mi" },
                                limits: { memory: "170Mi" },
                            },
                            ports: [
                                { containerPort: 53, name: "dns", protocol: "UDP" },
                                { containerPort: 53, name: "dns-tcp", protocol: "TCP" },
                                { containerPort: 9153, name: "metrics", protocol: "TCP" },
                            ],
                            securityContext: {
                                allowPrivilegeEscalation: false,
                                readOnlyRootFilesystem: true,
                                capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                            },
                            livenessProbe: { httpGet: { path: "/health", port: 8080 }, initialDelaySeconds: 30 },
                            readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
                            volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
                        },
                    ],
                },
            },
        },
    };
}
