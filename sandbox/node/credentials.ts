import { inRunDir } from "../paths";
import type { CertificateFiles } from "../pki";
import { Authority } from "../pki";
import { apiServerUrl } from "../platform/credentials";
import { writeKubeconfig } from "../platform/kubeconfig";
import { type NodeAddresses, nodeNames, nodePorts } from "./settings";

/** Certificates that only a real node needs. */
export interface NodeCredentials {
    /** The API server's, towards the kubelet. */
    kubeletClient: CertificateFiles;
    /** What the kubelet shows to those who call it. */
    kubeletServer: CertificateFiles;
    kubelet: CertificateFiles;
    kubeProxy: CertificateFiles;
}

/** Kubeconfig files of the node's own programs. */
export const nodeKubeconfigs = {
    kubelet: inRunDir("etc", "kubelet.kubeconfig"),
    kubeProxy: inRunDir("etc", "kube-proxy.kubeconfig"),
} as const;

/** Makes what is missing; keeps what is valid. */
export async function ensureNodeCredentials({ node }: NodeAddresses): Promise<NodeCredentials> {
    const kubernetes = await Authority.open("kubernetes");
    const { real } = nodeNames;
    return {
        kubeletClient: await kubernetes.issue("kubelet-client", {
            user: "kube-apiserver-kubelet-client",
            groups: ["system:masters"],
        }),
        kubeletServer: await kubernetes.issue("kubelet-server", { user: real, hosts: [real, node, "127.0.0.1"] }),
        kubelet: await kubernetes.issue("kubelet", { user: `system:node:${real}`, groups: ["system:nodes"] }),
        kubeProxy: await kubernetes.issue("kube-proxy", { user: "system:kube-proxy" }),
    };
}

/** Writes the kubeconfigs of the node's own programs. */
export async function writeNodeKubeconfigs({ kubelet, kubeProxy }: NodeCredentials): Promise<void> {
    const ca = (await Authority.open("kubernetes")).certPem;
    const server = apiServerUrl(nodePorts["kube-apiserver"]);
    writeKubeconfig(nodeKubeconfigs.kubelet, { server, ca, user: "kubelet", credentials: kubelet });
    writeKubeconfig(nodeKubeconfigs.kubeProxy, { server, ca, user: "kube-proxy", credentials: kubeProxy });
}
