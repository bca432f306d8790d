import * as fs from "node:fs";
import { type Engine, runQuietly } from "./engine";
import { ensureImageTools, ensureRegistry, sandboxImages } from "./images";
import {
    ensureNamespaces,
    isImageOf,
    nodeKubeconfig,
    nodePorts,
    nodeServicePorts,
    simulatedImages,
    startCluster,
    startServices,
    writeNodeSettings,
} from "./node";
import { ensurePython, type S3Server } from "./s3";
import { mailPassword, mailUser, type RealPeers, stackImages, storageClasses } from "./stack-values";
import { ensureTools, moduleFiles } from "./toolchain";

/** A node that runs pods, and what is beside its cluster. */
export interface RealNode {
    s3: Omit<S3Server, "outcome">;
    peers: RealPeers;
    /** The CLI, which is got along with the node's programs. */
    pulumi: string;
    /** Of the cluster's administrator. */
    kubeconfig: string;
    /** Ends when the cluster's node is ready. */
    whenReady: Promise<void>;
}

/** Programs that a real node runs beside its pods. */
export const nodeTools = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "runc",
    "nft",
    "bridge",
    "host-local",
    "loopback",
    "portmap",
    "kubelet",
    "kube-proxy",
] as const;

/**
 * Starts a real node on this machine, or takes the one that runs. The S3 API is there when this ends; the cluster may still
 * be starting. Whether the machine can have one was checked before.
 */
export async function openRealNode(report: (message: string) => void): Promise<RealNode> {
    const { pulumi, ...tools } = await ensureTools(["pulumi", "kubectl", ...nodeTools]);
    const python = await ensurePython(report, new AbortController().signal);
    const kwokStages = await moduleFiles("kwok-stages");
    await ensureImageTools(Object.values(sandboxImages), { report });

    const begin = Date.now();
    const node = await ensureNamespaces();
    const registry = await ensureRegistry({ address: node.addresses.host, report });
    report(`registry ${registry.outcome}`);
    writeNodeSettings(node, {
        tools: { ...tools, python },
        kwokStages,
        registryUrl: registry.url,
        images: { pause: sandboxImages.pause, dns: sandboxImages.coredns },
        storageClasses: storageClasses(),
        mail: { username: mailUser, password: mailPassword() },
    });
    const whenReady = startCluster(node, report).then(() => {
        report(`cluster ready after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    });
    // It is waited for later, by whoever deploys.
    whenReady.catch(() => undefined);
    const { s3, mail } = await startServices(node, report);
    return {
        s3,
        peers: {
            node: node.addresses.node,
            apiServerPort: nodePorts["kube-apiserver"],
            smtpPort: nodeServicePorts.smtp,
            mailCa: fs.readFileSync(mail.caFile, "utf8"),
        },
        pulumi,
        kubeconfig: nodeKubeconfig,
        whenReady,
    };
}

/**
 * Gets what the stack's images are made of, before the first pod waits for one: of those that are in the stack's
 * preview, since programs take minutes to build that this profile may have no use for.
 */
export async function ensureStackImages(engine: Engine, report: (message: string) => void): Promise<void> {
    // Those of simulated pods are never pulled.
    const real = stackImages().filter((image) => !simulatedImages.some((simulated) => isImageOf(image, simulated)));
    const used = async (): Promise<ReadonlySet<string>> => {
        const { stdout } = await runQuietly(engine, ["preview", "--json"]);
        return new Set(real.filter((image) => stdout.includes(image)));
    };
    await ensureImageTools(real, { report, used });
}
