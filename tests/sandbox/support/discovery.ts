import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { ensureTools } from "../../../sandbox/toolchain";
import { admin } from "./platform";

/** How long promtool looks; it takes all of that. */
const lookSeconds = 5;

const configSchema = z.looseObject({
    scrape_configs: z.array(
        z.looseObject({ job_name: z.string(), kubernetes_sd_configs: z.array(z.looseObject({})).optional() }),
    ),
});

const foundSchema = z
    .array(z.object({ labels: z.record(z.string(), z.string()).nullable(), error: z.unknown().optional() }))
    .nullable();

/** Labels of a target after relabelling. */
export type TargetLabels = Readonly<Record<string, string>>;

/** A token of a ServiceAccount, as its pods have one. */
export async function tokenOf(namespace: string, name: string): Promise<string> {
    const { status } = await admin()
        .makeApiClient(CoreV1Api)
        .createNamespacedServiceAccountToken({
            namespace,
            name,
            body: { spec: { audiences: [], expirationSeconds: 3600 } },
        });
    return status?.token ?? "";
}

/** A kubeconfig of the cluster for who has a token. */
function kubeconfigFor(token: string): string {
    const config = admin();
    const cluster = config.getCurrentCluster();
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server: cluster?.server, "certificate-authority-data": cluster?.caData } }],
        users: [{ name: "u", user: { token } }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        "current-context": "c",
    });
}

/**
 * What Prometheus finds with its configuration and the rights of its ServiceAccount, as promtool says; what relabelling
 * drops is left out.
 *
 * @param config the configuration that the operator has made
 * @param shard number of the pod's shard
 */
export async function discovered(
    config: string,
    account: { namespace: string; name: string },
    shard = 0,
): Promise<TargetLabels[]> {
    const { promtool } = await ensureTools(["promtool"]);
    // The config-reloader puts the pod's own number in.
    const content = configSchema.parse(parse(config.replaceAll("$(SHARD)", String(shard))));
    // In its pod Prometheus finds the API server and its token by itself.
    const scrapes = content.scrape_configs.map(({ kubernetes_sd_configs: discovery = [], ...scrape }) => ({
        ...scrape,
        ...(discovery.length === 0
            ? {}
            : { kubernetes_sd_configs: discovery.map((one) => ({ ...one, kubeconfig_file: "kubeconfig" })) }),
    }));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-discovery-"));
    try {
        const kubeconfig = kubeconfigFor(await tokenOf(account.namespace, account.name));
        fs.writeFileSync(path.join(folder, "kubeconfig"), kubeconfig, { mode: 0o600 });
        const file = path.join(folder, "prometheus.yaml");
        fs.writeFileSync(file, stringify({ scrape_configs: scrapes }));
        const found = await Promise.all(
            scrapes.map(async ({ job_name: job }) => {
                const { stdout } = await promisify(execFile)(
                    promtool,
                    ["check", "service-discovery", `--timeout=${lookSeconds}s`, file, job],
                    { maxBuffer: 2 ** 28 },
                );
                return foundSchema.parse(JSON.parse(stdout)) ?? [];
            }),
        );
        const kept = found.flat().flatMap(({ labels }) => (labels === null ? [] : [labels]));
        // promtool names each port that a pod declares; what relabelling makes alike, Prometheus scrapes once.
        const targets = new Map(kept.map((labels) => [JSON.stringify(Object.entries(labels).sort()), labels]));
        return [...targets.values()].filter((labels) => Object.keys(labels).length > 0);
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}
