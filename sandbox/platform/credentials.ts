import * as fs from "node:fs";
import { inRunDir } from "../paths";
import { Authority, serviceAccountKeys } from "../pki";
import type { CertificateFiles } from "../pki";
import { writeKubeconfig } from "./kubeconfig";
import { adminKubeconfig, network } from "./settings";
import type { ClusterLayout } from "./settings";

/** All certificates of the control plane. */
export interface Credentials {
    kubernetes: Authority;
    etcdAuthority: Authority;
    frontProxyAuthority: Authority;
    etcd: CertificateFiles;
    etcdClient: CertificateFiles;
    apiServer: CertificateFiles;
    frontProxyClient: CertificateFiles;
    /** Served by the other components on their health ports. */
    loopback: CertificateFiles;
    admin: CertificateFiles;
    platform: CertificateFiles;
    controllerManager: CertificateFiles;
    scheduler: CertificateFiles;
    serviceAccounts: { privateKey: string; publicKey: string };
}

/** Kubeconfig files of the control plane's clients. */
export const kubeconfigs = {
    admin: adminKubeconfig,
    controllerManager: inRunDir("etc", "kube-controller-manager.kubeconfig"),
    scheduler: inRunDir("etc", "kube-scheduler.kubeconfig"),
    /** KWOK and the cluster agent stand for kubelets, CSI drivers and cloud controllers. */
    platform: inRunDir("etc", "platform.kubeconfig"),
} as const;

const loopbackHosts = ["127.0.0.1", "localhost"];

/** Makes what is missing; keeps what is valid. */
export async function ensureCredentials(layout: ClusterLayout): Promise<Credentials> {
    const [kubernetes, etcdAuthority, frontProxyAuthority] = await Promise.all([
        Authority.open("kubernetes"),
        Authority.open("etcd"),
        Authority.open("front-proxy"),
    ]);
    const administrators = ["system:masters"];
    return {
        kubernetes,
        etcdAuthority,
        frontProxyAuthority,
        etcd: await etcdAuthority.issue("etcd", { user: "etcd", hosts: loopbackHosts }),
        etcdClient: await etcdAuthority.issue("client", { user: "kube-apiserver" }),
        apiServer: await kubernetes.issue("kube-apiserver", { user: "kube-apiserver", hosts: apiServerHosts(layout) }),
        frontProxyClient: await frontProxyAuthority.issue("client", { user: "front-proxy-client" }),
        loopback: await kubernetes.issue("loopback", { user: "loopback", hosts: loopbackHosts }),
        admin: await kubernetes.issue("admin", { user: "perch-admin", groups: administrators }),
        platform: await kubernetes.issue("platform", { user: "perch-sandbox-platform", groups: administrators }),
        controllerManager: await kubernetes.issue("kube-controller-manager", {
            user: "system:kube-controller-manager",
        }),
        scheduler: await kubernetes.issue("kube-scheduler", { user: "system:kube-scheduler" }),
        serviceAccounts: serviceAccountKeys(),
    };
}

/** Writes the kubeconfigs of an API server that listens on this port. */
export function writeKubeconfigs(credentials: Credentials, layout: ClusterLayout, apiServerPort: number): void {
    const ca = credentials.kubernetes.certPem;
    writeKubeconfig(kubeconfigs.admin, {
        server: apiServerUrl(apiServerPort, layout.apiServerHost),
        ca,
        user: "perch-admin",
        credentials: credentials.admin,
    });
    const users: [string, string, CertificateFiles][] = [
        [kubeconfigs.controllerManager, "kube-controller-manager", credentials.controllerManager],
        [kubeconfigs.scheduler, "kube-scheduler", credentials.scheduler],
        [kubeconfigs.platform, "platform", credentials.platform],
    ];
    for (const [file, user, files] of users) {
        writeKubeconfig(file, { server: apiServerUrl(apiServerPort), ca, user, credentials: files });
    }
}

/** Where the API server of this port answers. */
export function apiServerUrl(port: number, host = "127.0.0.1"): string {
    return `https://${host}:${port}`;
}

/** PEM contents of a certificate and its key, for a client. */
export function readCertificate({ cert, key }: CertificateFiles): { cert: string; key: string } {
    return { cert: fs.readFileSync(cert, "utf8"), key: fs.readFileSync(key, "utf8") };
}

function apiServerHosts({ apiServerIp }: ClusterLayout): string[] {
    const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    return [
        ...loopbackHosts,
        ...service,
        `kubernetes.default.svc.${network.clusterDomain}`,
        network.apiServerServiceIp,
        apiServerIp,
    ];
}
