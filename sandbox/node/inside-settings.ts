import * as path from "node:path";
import { z } from "zod";
import { inRunDir } from "../paths";
import { nodeRunDir } from "./settings";

const tool = z.string();

/** What the commands within the node are told by those of the machine. */
export const insideSettingsSchema = z.object({
    addresses: z.object({ subnet: z.string(), host: z.string(), node: z.string() }),
    cgroup: z.string(),
    registryUrl: z.string(),
    images: z.object({ pause: z.string(), dns: z.string() }),
    tools: z.object({
        etcd: tool,
        "kube-apiserver": tool,
        "kube-controller-manager": tool,
        "kube-scheduler": tool,
        kwok: tool,
        containerd: tool,
        "containerd-shim-runc-v2": tool,
        ctr: tool,
        runc: tool,
        nft: tool,
        bridge: tool,
        "host-local": tool,
        loopback: tool,
        portmap: tool,
        kubelet: tool,
        "kube-proxy": tool,
        /** Python with the packages of the S3 server. */
        python: tool,
    }),
    /** Folder of KWOK's stages. */
    kwokStages: z.string(),
    storageClasses: z.array(z.string()),
    mail: z.object({ username: z.string(), password: z.string() }),
});

export type InsideSettings = z.output<typeof insideSettingsSchema>;

const fileName = "settings.json";

/** Where a command of the machine leaves them. */
export const settingsFileForNode = path.join(nodeRunDir, fileName);

/** Where a command within the node, whose run folder is the node's, finds them. */
export const settingsFileWithin = inRunDir(fileName);
