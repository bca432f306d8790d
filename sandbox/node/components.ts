import * as net from "node:net";
import * as path from "node:path";
import { inRunDir } from "../paths";
import { httpProbe, writePrivateFileIfChanged } from "../processes";
import type { DaemonSpec, Probe } from "../processes";
import type { Authority } from "../pki";
import { readCertificate } from "../platform/credentials";
import {
    cniConflist,
    containerdToml,
    hostsToml,
    kubeletYaml,
    kubeProxyYaml,
    type NodePaths,
    resolvConf,
} from "./config-files";
import { type NodeCredentials, nodeKubeconfigs } from "./credentials";
import type { CniPlugin } from "./network-policy";
import { type NodeAddresses, containerdSocket, nodeNames, nodeServicePorts } from "./settings";
import { realMark } from "./simulated-pods";

/** Absolute paths of the programs that only a real node runs. */
export interface NodeTools {
    containerd: string;
    "containerd-shim-runc-v2": string;
    ctr: string;
    runc: string;
    nft: string;
    bridge: string;
    "host-local": string;
    loopback: string;
    portmap: string;
    kubelet: string;
    "kube-proxy": string;
}

/** What the node's programs are made from. */
export interface NodePlan {
    tools: NodeTools;
    addresses: NodeAddresses;
    credentials: NodeCredentials;
    kubernetes: Authority;
    /** Name of the group of all pods. */
    cgroup: string;
    /** Where images come from, as the node reaches it. */
    registryUrl: string;
    /** Image that holds each pod's namespaces. */
    pauseImage: string;
    /** Keeps a pod from starting before its NetworkPolicies are in force. */
    policyPlugin: CniPlugin;
}

const files = {
    containerd: inRunDir("etc", "containerd.toml"),
    cni: inRunDir("etc", "cni", "10-perch.conflist"),
    hosts: inRunDir("etc", "registries", "_default", "hosts.toml"),
    kubelet: inRunDir("etc", "kubelet.yaml"),
    kubeProxy: inRunDir("etc", "kube-proxy.yaml"),
    resolvConf: inRunDir("etc", "resolv.conf"),
} as const;

/** A folder that goes with the node, for what its programs put aside. */
const temporary = "/run/tmp";

/** Writes the configuration of the node's programs. */
export function writeNodeFiles(plan: NodePlan): void {
    const paths = pathsOf(plan);
    writePrivateFileIfChanged(files.containerd, containerdToml(paths, plan.pauseImage));
    writePrivateFileIfChanged(files.cni, cniConflist(plan.policyPlugin.config));
    writePrivateFileIfChanged(files.hosts, hostsToml(plan.registryUrl));
    writePrivateFileIfChanged(files.kubelet, kubeletYaml(paths, plan.cgroup));
    writePrivateFileIfChanged(files.kubeProxy, kubeProxyYaml(paths));
    writePrivateFileIfChanged(files.resolvConf, resolvConf);
}

/** containerd. Its shims are the parents of the pods' processes: they outlive it, and a new one finds them. */
export function containerdSpec({ tools }: NodePlan): DaemonSpec {
    return {
        name: "containerd",
        command: tools.containerd,
        args: ["--config", files.containerd, "--log-level", "warn"],
        env: {
            PATH: searchPath(tools["containerd-shim-runc-v2"], tools.runc, tools.nft),
            TMPDIR: temporary,
        },
        configFiles: [files.containerd, files.cni, files.hosts],
        childrenStay: true,
        probe: socketProbe(containerdSocket),
        readyTimeoutMs: 30_000,
    };
}

/** The kubelet. It registers the node by itself. */
export function kubeletSpec({ tools, addresses, credentials }: NodePlan): DaemonSpec {
    const labels = {
        "topology.kubernetes.io/region": "sandbox",
        "topology.kubernetes.io/zone": "sandbox-a",
        "node.kubernetes.io/instance-type": "real",
        [realMark.key]: realMark.value,
    };
    return {
        name: "kubelet",
        command: tools.kubelet,
        args: [
            `--config=${files.kubelet}`,
            `--kubeconfig=${nodeKubeconfigs.kubelet}`,
            `--hostname-override=${nodeNames.real}`,
            `--node-ip=${addresses.node}`,
            `--node-labels=${Object.entries(labels)
                .map((label) => label.join("="))
                .join(",")}`,
            "--root-dir=/var/lib/kubelet",
        ],
        env: { TMPDIR: temporary },
        configFiles: [files.kubelet, nodeKubeconfigs.kubelet, credentials.kubeletServer.cert],
        childrenStay: true,
        port: nodeServicePorts.kubelet,
        probe: httpProbe({ url: `http://127.0.0.1:${nodeServicePorts.kubeletHealth}/healthz` }),
        readyTimeoutMs: 30_000,
        graceMs: 3_000,
    };
}

/** kube-proxy: the addresses of Services. */
export function kubeProxySpec({ tools }: NodePlan): DaemonSpec {
    return {
        name: "kube-proxy",
        command: tools["kube-proxy"],
        args: [`--config=${files.kubeProxy}`],
        env: { PATH: searchPath(tools.nft), TMPDIR: temporary },
        configFiles: [files.kubeProxy, nodeKubeconfigs.kubeProxy],
        // Healthy: its rules are no older than two minutes.
        probe: httpProbe({ url: `http://127.0.0.1:${nodeServicePorts.kubeProxyHealth}/livez` }),
        graceMs: 3_000,
    };
}

/** Passes when the kubelet answers the API server's own certificate. */
export function kubeletApiProbe({ credentials, kubernetes }: NodePlan): Probe {
    return httpProbe({
        url: `https://127.0.0.1:${nodeServicePorts.kubelet}/healthz`,
        ca: kubernetes.certPem,
        ...readCertificate(credentials.kubeletClient),
    });
}

function pathsOf({ tools, credentials, kubernetes, policyPlugin }: NodePlan): NodePaths {
    return {
        containerdRoot: inRunDir("containerd"),
        cniConfig: path.dirname(files.cni),
        registries: inRunDir("etc", "registries"),
        runc: tools.runc,
        cniFolders: [
            ...[tools.bridge, tools["host-local"], tools.loopback, tools.portmap].map((tool) => path.dirname(tool)),
            policyPlugin.binDir,
        ],
        kubernetesCa: kubernetes.cert,
        kubeletCertificate: credentials.kubeletServer.cert,
        kubeletKey: credentials.kubeletServer.key,
        kubeProxyKubeconfig: nodeKubeconfigs.kubeProxy,
        resolvConf: files.resolvConf,
        volumePlugins: inRunDir("volume-plugins"),
    };
}

function searchPath(...programs: string[]): string {
    const folders = programs.map((program) => path.dirname(program));
    // npm puts some before the user's: a process isn't to be started anew because its starter was called another way.
    const system = (process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin")
        .split(":")
        .filter((folder) => !folder.includes("/node_modules/"));
    return [...new Set([...folders, ...system])].join(":");
}

/** Passes when somebody listens at a Unix socket. */
function socketProbe(socketPath: string): Probe {
    return () =>
        new Promise((resolve, reject) => {
            const socket = net.connect(socketPath, () => {
                socket.end();
                resolve();
            });
            socket.once("error", reject);
        });
}
