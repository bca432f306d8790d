import * as z from "zod";
import { inRunDir } from "../../paths";

/** Where the agent reads its settings. */
export const settingsFile = inRunDir("network-policy", "agent.json");

export const settingsSchema = z.object({
    /** Path; its user lists and watches pods, namespaces and NetworkPolicies of all namespaces. */
    kubeconfig: z.string(),
    nodeName: z.string(),
    /** Range of the addresses of the node's pods, e.g. `10.244.0.0/24`. */
    podCidr: z.string(),
    /** Absolute path of the program. */
    nft: z.string(),
    /** Loopback port of the health probe and of the CNI plugin's calls. */
    port: z.number().int(),
});

/** What the agent is told. */
export type AgentSettings = z.output<typeof settingsSchema>;
