import { inRunDir } from "../paths";
import { Authority } from "../pki";
import { agentSpec } from "../platform/agent";
import {
    apiServerSpec,
    componentProbes,
    controllerManagerSpec,
    etcdSpec,
    schedulerSpec,
} from "../platform/control-plane";
import type { ControlPlane } from "../platform/control-plane";
import { ensureCredentials, kubeconfigs, writeKubeconfigs } from "../platform/credentials";
import { kwokSpec, writeStages } from "../platform/kwok";
import type { DaemonSpec } from "../processes";
import { describeS3, type S3Server } from "../s3";
import { containerdSpec, kubeletSpec, kubeProxySpec, type NodePlan, writeNodeFiles } from "./components";
import { ensureNodeCredentials, writeNodeKubeconfigs } from "./credentials";
import type { InsideSettings } from "./inside-settings";
import { describeMail } from "./mail/spec";
import { installCniPlugin, networkPolicySpec } from "./network-policy";
import { nodeLayout, nodeNames, nodeNetwork, nodePorts, nodeServicePorts, simulatedMark } from "./settings";

/** The processes of the node, in the order of their start. */
export const nodeDaemons = [
    "s3",
    "mail",
    "etcd",
    "containerd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "network-policy",
    "kubelet",
    "kube-proxy",
    "kwok",
    "cluster-agent",
] as const;

export type NodeDaemon = (typeof nodeDaemons)[number];

/** How each process of the node runs. Makes certificates and configuration files; starts nothing. */
export async function planCluster(
    settings: InsideSettings,
): Promise<Record<Exclude<NodeDaemon, "s3" | "mail">, DaemonSpec>> {
    const { addresses, tools } = settings;
    const nodeCredentials = await ensureNodeCredentials(addresses);
    const layout = nodeLayout(addresses, nodeCredentials.kubeletClient);
    const credentials = await ensureCredentials(layout);
    writeKubeconfigs(credentials, layout, nodePorts["kube-apiserver"]);
    await writeNodeKubeconfigs(nodeCredentials);
    writeStages(settings.kwokStages);
    const plane: ControlPlane = {
        tools,
        ports: nodePorts,
        credentials,
        layout,
        probes: componentProbes(nodePorts, credentials),
    };
    const plan: NodePlan = {
        tools,
        addresses,
        credentials: nodeCredentials,
        kubernetes: await Authority.open("kubernetes"),
        cgroup: settings.cgroup,
        registryUrl: settings.registryUrl,
        pauseImage: settings.images.pause,
        policyPlugin: installCniPlugin(nodeServicePorts.networkPolicy),
    };
    writeNodeFiles(plan);
    return {
        etcd: etcdSpec(plane),
        containerd: containerdSpec(plan),
        "kube-apiserver": apiServerSpec(plane),
        "kube-controller-manager": controllerManagerSpec(plane),
        "kube-scheduler": schedulerSpec(plane),
        "network-policy": networkPolicySpec({
            kubeconfig: kubeconfigs.platform,
            nodeName: nodeNames.real,
            podCidr: nodeNetwork.podCidr,
            nft: tools.nft,
            port: nodeServicePorts.networkPolicy,
        }),
        kubelet: kubeletSpec(plan),
        "kube-proxy": kubeProxySpec(plan),
        kwok: kwokSpec(plane, `${simulatedMark.key}=${simulatedMark.value}`),
        "cluster-agent": agentSpec(plane, {
            volumes: inRunDir("volumes"),
            simulatedNodes: [nodeNames.simulated],
        }),
    };
}

/** The services that pods and the engine use and that aren't in the cluster. */
export interface OutsideServices {
    s3: Omit<S3Server, "outcome"> & { spec: DaemonSpec };
    mail: { spec: DaemonSpec; caFile: string };
}

/** How the services beside the cluster run. */
export async function planServices({ addresses, tools, mail }: InsideSettings): Promise<OutsideServices> {
    const host = addresses.node;
    return {
        s3: await describeS3(tools.python, { host, port: nodeServicePorts.s3 }),
        mail: await describeMail({ host, port: nodeServicePorts.smtp, ...mail }),
    };
}
