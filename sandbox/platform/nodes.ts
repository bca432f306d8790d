import { CoordinationV1Api, CoreV1Api } from "@kubernetes/client-node";
import type { KubeConfig, V1Node, V1Taint } from "@kubernetes/client-node";
import { orMissing } from "../../cli/kubernetes";
import { applyAll } from "./apply";
import { platformLabel } from "./settings";

const zones = ["sandbox-a", "sandbox-b", "sandbox-c"];
/** The nodes count up from 11. */
const nodeIpPrefix = "10.90.0.";

/** As a dedicated server of the middle class. */
export const nodeCapacity = { cpu: "16", memory: "64Gi", "ephemeral-storage": "400Gi", pods: "110" };
const leaseNamespace = "kube-node-lease";

/** What tells one simulated node from another. */
export interface SimulatedNode {
    name: string;
    zone: string;
    address: string;
    /** Beside those that every node has. */
    labels?: Readonly<Record<string, string>>;
    taints?: V1Taint[];
}

/** The simulated node of this index, counted from 0; the zones take turns. */
export function simulatedNode(index: number, kubeletVersion: string): V1Node {
    const name = `sandbox-${index + 1}`;
    const zone = zones[index % zones.length] ?? "sandbox-a";
    return nodeObject({ name, zone, address: `${nodeIpPrefix}${11 + index}` }, kubeletVersion);
}

/** A node without a kubelet, for KWOK to keep. */
export function nodeObject({ name, zone, address, labels, taints }: SimulatedNode, kubeletVersion: string): V1Node {
    return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
            name,
            labels: {
                ...platformLabel,
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "node.kubernetes.io/instance-type": "simulated",
                "topology.kubernetes.io/region": "sandbox",
                "topology.kubernetes.io/zone": zone,
                ...labels,
            },
        },
        ...(taints === undefined ? {} : { spec: { taints } }),
        status: {
            capacity: nodeCapacity,
            allocatable: nodeCapacity,
            addresses: [
                { type: "InternalIP", address },
                { type: "Hostname", address: name },
            ],
            nodeInfo: {
                architecture: "amd64",
                bootID: "",
                containerRuntimeVersion: "kwok://simulated",
                kernelVersion: "simulated",
                kubeProxyVersion: "",
                kubeletVersion,
                machineID: "",
                operatingSystem: "linux",
                osImage: "simulated",
                systemUUID: "",
            },
        },
    };
}

/** Makes these simulated nodes, and takes away others of the platform. */
export async function ensureNodes(config: KubeConfig, wanted: readonly V1Node[]): Promise<void> {
    const core = config.makeApiClient(CoreV1Api);
    const present = await core.listNode();
    const presentNames = new Set(present.items.map((node) => node.metadata?.name));
    for (const node of wanted.filter(({ metadata }) => !presentNames.has(metadata?.name))) {
        // The status is taken on creation only, so that KWOK keeps this size and these addresses.
        await core.createNode({ body: node });
    }
    const wantedNames = new Set(wanted.map((node) => node.metadata?.name));
    const [label] = Object.entries(platformLabel);
    for (const node of present.items) {
        const ours = label !== undefined && node.metadata?.labels?.[label[0]] === label[1];
        if (ours && node.metadata?.name !== undefined && !wantedNames.has(node.metadata.name)) {
            await core.deleteNode({ name: node.metadata.name });
        }
    }
    await applyAll(
        config,
        wanted.map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata })),
    );
}

/**
 * Takes the nodes' leases from a KWOK that was killed: a new one would wait until they expire, and no pod would get ready
 * meanwhile.
 */
export async function releaseNodeLeases(config: KubeConfig, nodes: readonly string[]): Promise<void> {
    const api = config.makeApiClient(CoordinationV1Api);
    const leases = await api.listNamespacedLease({ namespace: leaseNamespace });
    const names = leases.items.flatMap(({ metadata }) => nodes.filter((node) => node === metadata?.name));
    await Promise.all(names.map((name) => orMissing(api.deleteNamespacedLease({ namespace: leaseNamespace, name }))));
}
