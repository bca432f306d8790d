import { stringify } from "yaml";
import { network } from "../platform/settings";
import { containerdSocket, nodeNames, nodeNetwork, nodeServicePorts } from "./settings";

/** Paths that the configuration of the node's programs names. */
export interface NodePaths {
    /** Of containerd's images and containers. */
    containerdRoot: string;
    /** Folder of the network's configuration. */
    cniConfig: string;
    /** Folder of `hosts.toml` files, one folder for each registry. */
    registries: string;
    runc: string;
    /** Folders of the network's programs. */
    cniFolders: readonly string[];
    kubernetesCa: string;
    kubeletCertificate: string;
    kubeletKey: string;
    kubeProxyKubeconfig: string;
    resolvConf: string;
    volumePlugins: string;
}

/** containerd's configuration. */
export function containerdToml(paths: NodePaths, sandboxImage: string): string {
    const text = (value: string): string => JSON.stringify(value);
    return `version = 3
root = ${text(paths.containerdRoot)}
state = "/run/containerd/state"

[grpc]
  address = ${text(containerdSocket)}

[plugins.'io.containerd.cri.v1.images']
  snapshotter = "overlayfs"
  # Layers are on disk once, unpacked.
  discard_unpacked_layers = true
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = ${text(sandboxImage)}
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = ${text(paths.registries)}

[plugins.'io.containerd.cri.v1.runtime']
  # The kernel may know AppArmor while nobody has loaded the profile that containerd would ask for.
  disable_apparmor = true
  # Root in a container may not lower it.
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = [${[...new Set(paths.cniFolders)].map(text).join(", ")}]
    conf_dir = ${text(paths.cniConfig)}
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = "runc"
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
        BinaryName = ${text(paths.runc)}
        SystemdCgroup = false
`;
}

/** The mirror of every registry, as containerd reads it. */
export function hostsToml(registryUrl: string): string {
    const url = JSON.stringify(registryUrl);
    return `server = ${url}\n\n[host.${url}]\n  capabilities = ["pull", "resolve"]\n`;
}

/**
 * The network of pods: a bridge, addresses in their order, ports of the host where a pod asks for one.
 * @param last the plugin that comes last
 */
export function cniConflist(last: Readonly<Record<string, unknown>>): string {
    const content = {
        cniVersion: "1.0.0",
        name: "perch",
        plugins: [
            {
                type: "bridge",
                bridge: "cni0",
                isGateway: true,
                hairpinMode: true,
                ipam: {
                    type: "host-local",
                    ranges: [[{ subnet: nodeNetwork.podCidr }]],
                    routes: [{ dst: "0.0.0.0/0" }],
                },
            },
            { type: "portmap", backend: "nftables", capabilities: { portMappings: true } },
            last,
        ],
    };
    return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * The kubelet's configuration.
 * @param cgroup name of the group of all pods, in each hierarchy
 */
export function kubeletYaml(paths: NodePaths, cgroup: string): string {
    return stringify({
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        port: nodeServicePorts.kubelet,
        healthzPort: nodeServicePorts.kubeletHealth,
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: paths.kubernetesCa },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: paths.kubeletCertificate,
        tlsPrivateKeyFile: paths.kubeletKey,
        cgroupDriver: "cgroupfs",
        cgroupRoot: `/${cgroup}`,
        // Machines whose controllers are in the hierarchies of version 1 are fine for a sandbox.
        failCgroupV1: false,
        failSwapOn: false,
        clusterDNS: [nodeNetwork.dnsIp],
        clusterDomain: network.clusterDomain,
        containerRuntimeEndpoint: `unix://${containerdSocket}`,
        resolvConf: paths.resolvConf,
        volumePluginDir: paths.volumePlugins,
        // The disk is the user's: how full it is decides neither which images nor which pods stay.
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        evictionHard: {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
            "nodefs.inodesFree": "1%",
        },
        seccompDefault: true,
        serializeImagePulls: false,
        registryPullQPS: 0,
        // Changed ConfigMaps and Secrets are in the pods' files after seconds, not after a minute.
        syncFrequency: "5s",
    });
}

/** kube-proxy's configuration. */
export function kubeProxyYaml(paths: NodePaths): string {
    return stringify({
        apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "nftables",
        hostnameOverride: nodeNames.real,
        clientConnection: { kubeconfig: paths.kubeProxyKubeconfig },
        clusterCIDR: nodeNetwork.podCidr,
        healthzBindAddress: `127.0.0.1:${nodeServicePorts.kubeProxyHealth}`,
        nftables: { minSyncPeriod: "200ms" },
        // These sysctls can only be set for the whole machine.
        conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    });
}

/** The resolver of the node itself: no name is known there. */
export const resolvConf = `nameserver ${nodeNetwork.upstreamDns}\n`;
