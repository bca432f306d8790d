import { inRunDir } from "../paths";
import { httpProbe } from "../processes";
import type { DaemonSpec, Probe } from "../processes";
import { kubeconfigs, readCertificate } from "./credentials";
import type { Credentials } from "./credentials";
import { network } from "./settings";
import type { ClusterLayout, ComponentName, PlatformTools, Ports } from "./settings";

/** What the processes of a control plane are made from. */
export interface ControlPlane {
    tools: PlatformTools;
    ports: Ports;
    credentials: Credentials;
    layout: ClusterLayout;
    probes: Record<ComponentName, Probe>;
}

/** How to ask each process whether it serves. */
export function componentProbes(ports: Ports, credentials: Credentials): Record<ComponentName, Probe> {
    const ca = credentials.kubernetes.certPem;
    return {
        etcd: httpProbe({
            url: `https://127.0.0.1:${ports.etcd}/readyz`,
            ca: credentials.etcdAuthority.certPem,
            ...readCertificate(credentials.etcdClient),
        }),
        "kube-apiserver": httpProbe({
            url: `https://127.0.0.1:${ports["kube-apiserver"]}/readyz`,
            ca,
            ...readCertificate(credentials.admin),
        }),
        "kube-controller-manager": httpProbe({
            url: `https://127.0.0.1:${ports["kube-controller-manager"]}/healthz`,
            ca,
        }),
        "kube-scheduler": httpProbe({ url: `https://127.0.0.1:${ports["kube-scheduler"]}/readyz`, ca }),
        kwok: httpProbe({ url: `http://127.0.0.1:${ports.kwok}/healthz` }),
        "cluster-agent": httpProbe({ url: `http://127.0.0.1:${ports["cluster-agent"]}/healthz` }),
    };
}

/** The single etcd member; its data is in `.sandbox/etcd`. */
export function etcdSpec({ tools, ports, credentials, probes }: ControlPlane): DaemonSpec {
    const client = `https://127.0.0.1:${ports.etcd}`;
    const peer = `https://127.0.0.1:${ports["etcd-peer"]}`;
    const { etcd, etcdAuthority } = credentials;
    return {
        name: "etcd",
        command: tools.etcd,
        args: flags({
            name: "perch",
            "data-dir": inRunDir("etcd"),
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": `perch=${peer}`,
            // A power cut may cost the sandbox's data; a killed process doesn't.
            "unsafe-no-fsync": "true",
            "client-cert-auth": "true",
            "trusted-ca-file": etcdAuthority.cert,
            "cert-file": etcd.cert,
            "key-file": etcd.key,
            "peer-client-cert-auth": "true",
            "peer-trusted-ca-file": etcdAuthority.cert,
            "peer-cert-file": etcd.cert,
            "peer-key-file": etcd.key,
            "log-level": "warn",
        }),
        configFiles: [etcdAuthority.cert, etcd.cert],
        port: ports.etcd,
        probe: probes.etcd,
        readyTimeoutMs: 30_000,
    };
}

/** The API server with the admission, authentication and authorization of a production cluster. */
export function apiServerSpec({ tools, ports, credentials, layout, probes }: ControlPlane): DaemonSpec {
    const { kubernetes, apiServer, etcdAuthority, etcdClient, frontProxyAuthority, frontProxyClient } = credentials;
    return {
        name: "kube-apiserver",
        command: tools["kube-apiserver"],
        args: flags({
            "etcd-servers": `https://127.0.0.1:${ports.etcd}`,
            "etcd-cafile": etcdAuthority.cert,
            "etcd-certfile": etcdClient.cert,
            "etcd-keyfile": etcdClient.key,
            "bind-address": layout.bindAddress,
            "secure-port": String(ports["kube-apiserver"]),
            // Without it the server wants an interface that isn't loopback, which a laptop without network lacks.
            "advertise-address": layout.apiServerIp,
            "client-ca-file": kubernetes.cert,
            "tls-cert-file": apiServer.cert,
            "tls-private-key-file": apiServer.key,
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "allow-privileged": "true",
            "service-cluster-ip-range": network.serviceCidr,
            "service-account-issuer": `https://kubernetes.default.svc.${network.clusterDomain}`,
            "service-account-key-file": credentials.serviceAccounts.publicKey,
            "service-account-signing-key-file": credentials.serviceAccounts.privateKey,
            // For aggregated APIs.
            "requestheader-client-ca-file": frontProxyAuthority.cert,
            "requestheader-allowed-names": "front-proxy-client",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-username-headers": "X-Remote-User",
            "proxy-client-cert-file": frontProxyClient.cert,
            "proxy-client-key-file": frontProxyClient.key,
            ...kubeletFlags(layout, credentials),
            profiling: "false",
        }),
        configFiles: [
            kubernetes.cert,
            apiServer.cert,
            etcdClient.cert,
            frontProxyAuthority.cert,
            frontProxyClient.cert,
        ],
        port: ports["kube-apiserver"],
        probe: probes["kube-apiserver"],
        // It drains its watches when it ends, and some of ours stay open.
        graceMs: 5_000,
    };
}

/** All controllers: without the garbage collector, for one, a foreground delete never ends. */
export function controllerManagerSpec({ tools, ports, credentials, layout, probes }: ControlPlane): DaemonSpec {
    const { kubernetes, frontProxyAuthority } = credentials;
    return {
        name: "kube-controller-manager",
        command: tools["kube-controller-manager"],
        args: flags({
            ...clientFlags(kubeconfigs.controllerManager),
            ...servingFlags(ports["kube-controller-manager"], credentials),
            "client-ca-file": kubernetes.cert,
            "requestheader-client-ca-file": frontProxyAuthority.cert,
            controllers: "*",
            "use-service-account-credentials": "true",
            "service-account-private-key-file": credentials.serviceAccounts.privateKey,
            "root-ca-file": kubernetes.cert,
            "cluster-signing-cert-file": kubernetes.cert,
            "cluster-signing-key-file": kubernetes.key,
            // A real node's network plugin has its range from its own configuration.
            ...(layout.kubeletClient === undefined
                ? { "allocate-node-cidrs": "true", "cluster-cidr": layout.simulatedPodCidr }
                : {}),
            "service-cluster-ip-range": network.serviceCidr,
            "configure-cloud-routes": "false",
        }),
        configFiles: [kubeconfigs.controllerManager, kubernetes.cert, credentials.loopback.cert],
        port: ports["kube-controller-manager"],
        probe: probes["kube-controller-manager"],
        graceMs: 3_000,
    };
}

/** The scheduler with its default profile. */
export function schedulerSpec({ tools, ports, credentials, probes }: ControlPlane): DaemonSpec {
    return {
        name: "kube-scheduler",
        command: tools["kube-scheduler"],
        args: flags({
            ...clientFlags(kubeconfigs.scheduler),
            ...servingFlags(ports["kube-scheduler"], credentials),
        }),
        configFiles: [kubeconfigs.scheduler, credentials.loopback.cert],
        port: ports["kube-scheduler"],
        probe: probes["kube-scheduler"],
        graceMs: 3_000,
    };
}

function clientFlags(kubeconfig: string): Record<string, string> {
    return {
        kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "leader-elect": "false",
        "kube-api-qps": "200",
        "kube-api-burst": "400",
    };
}

function kubeletFlags({ kubeletClient }: ClusterLayout, { kubernetes }: Credentials): Record<string, string> {
    return kubeletClient === undefined
        ? {}
        : {
              "kubelet-client-certificate": kubeletClient.cert,
              "kubelet-client-key": kubeletClient.key,
              "kubelet-certificate-authority": kubernetes.cert,
              "kubelet-preferred-address-types": "InternalIP",
          };
}

function servingFlags(port: number, { loopback }: Credentials): Record<string, string> {
    return {
        "bind-address": "127.0.0.1",
        "secure-port": String(port),
        "tls-cert-file": loopback.cert,
        "tls-private-key-file": loopback.key,
        profiling: "false",
    };
}

function flags(values: Record<string, string>): string[] {
    return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
