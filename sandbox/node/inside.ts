import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, VersionApi } from "@kubernetes/client-node";
import { UserError, messageOf } from "../../cli/errors";
import { ingressClasses, storageClasses } from "../platform/classes";
import { apiMessage, loadKubeconfig } from "../../cli/kubernetes";
import { applyAll } from "../platform/apply";
import { kubeconfigs } from "../platform/credentials";
import { ensureNodes, nodeObject, releaseNodeLeases } from "../platform/nodes";
import { type DaemonSpec, ensureDaemon, readJsonIfValid, runningAs, stopDaemon, withLock } from "../processes";
import { dnsObjects } from "./dns";
import { type InsideSettings, insideSettingsSchema, settingsFileWithin } from "./inside-settings";
import { planCluster, planServices } from "./plan";
import { nodeNames, simulatedMark } from "./settings";
import { admissionPolicies } from "./simulated-pods";
import { nodeStatuses } from "./statuses";
import { nodeLocks, supervise, superviseSpec } from "./supervisor";

/** How long the node may take until its kubelet calls it ready. */
const readyTimeoutMs = 60_000;

const report = (message: string): void => {
    process.stderr.write(`  ${message}\n`);
};

async function ensure(spec: DaemonSpec): Promise<void> {
    report(`${spec.name} ${await ensureDaemon(spec)}`);
}

async function startServices(settings: InsideSettings): Promise<void> {
    const { s3, mail } = await planServices(settings);
    await Promise.all([ensure(s3.spec), ensure(mail.spec)]);
    process.stdout.write(`${JSON.stringify({ s3: { ...s3, spec: undefined }, mail: { caFile: mail.caFile } })}\n`);
}

async function startCluster(settings: InsideSettings): Promise<void> {
    const begin = Date.now();
    const specs = await planCluster(settings);
    const runtime = ensure(specs.containerd);
    // All at once from the first: whichever fails, its failure is that of the command.
    await Promise.all([
        runtime,
        ensure(specs["cluster-agent"]),
        (async () => {
            await ensure(specs.etcd);
            await ensure(specs["kube-apiserver"]);
            await startAroundApiServer(specs, settings, runtime);
        })(),
    ]);
    await untilReady(begin);
    await ensure(superviseSpec());
}

async function startAroundApiServer(
    specs: Awaited<ReturnType<typeof planCluster>>,
    settings: InsideSettings,
    runtime: Promise<void>,
): Promise<void> {
    const config = loadKubeconfig(kubeconfigs.platform);
    await Promise.all([
        ensure(specs["kube-controller-manager"]),
        ensure(specs["kube-scheduler"]),
        ensure(specs["kube-proxy"]),
        // A pod waits for it, so the kubelet needn't.
        ensure(specs["network-policy"]),
        (async () => {
            await Promise.all([applyAll(config, admissionPolicies()), runtime]);
            await ensure(specs.kubelet);
        })(),
        (async () => {
            await applyAll(config, [...storageClasses(settings.storageClasses), ...ingressClasses()]);
            await applyAll(config, dnsObjects(settings.images.dns));
        })(),
        startSimulatedNode(specs.kwok),
    ]);
}

async function startSimulatedNode(kwok: DaemonSpec): Promise<void> {
    const config = loadKubeconfig(kubeconfigs.platform);
    const { gitVersion } = await config.makeApiClient(VersionApi).getCode();
    const { key, value } = simulatedMark;
    const node = nodeObject(
        {
            name: nodeNames.simulated,
            zone: "sandbox-simulated",
            address: "10.90.0.11",
            labels: { [key]: value },
            taints: [{ key, value, effect: "NoSchedule" }],
        },
        gitVersion,
    );
    await ensureNodes(config, [node]);
    if (runningAs(kwok) === undefined) {
        await stopDaemon(kwok.name);
        await releaseNodeLeases(config, [nodeNames.simulated]);
    }
    await ensure(kwok);
}

async function untilReady(begin: number): Promise<void> {
    const core = loadKubeconfig(kubeconfigs.platform).makeApiClient(CoreV1Api);
    const end = Date.now() + readyTimeoutMs;
    let reason = "the kubelet hasn't registered it";
    for (;;) {
        try {
            const node = await core.readNode({ name: nodeNames.real });
            const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
            if (ready?.status === "True") {
                report(`node ready after ${((Date.now() - begin) / 1000).toFixed(1)} s`);
                return;
            }
            reason = ready?.message ?? reason;
        } catch (error) {
            reason = apiMessage(error);
        }
        if (Date.now() > end) {
            throw new UserError(`The node isn't ready after ${readyTimeoutMs / 1000} s: ${reason}`);
        }
        await sleep(100);
    }
}

const commands: Record<string, (settings: InsideSettings) => Promise<void>> = {
    services: (settings) => withLock(nodeLocks.services, () => startServices(settings), { onWait: report }),
    cluster: (settings) => withLock(nodeLocks.cluster, () => startCluster(settings), { onWait: report }),
    supervise,
    status: async (settings) => {
        process.stdout.write(`${JSON.stringify(await nodeStatuses(settings))}\n`);
    },
};

async function main(): Promise<void> {
    const settings = insideSettingsSchema.parse(readJsonIfValid(settingsFileWithin));
    const command = commands[process.argv[2] ?? ""];
    if (command === undefined) {
        throw new Error(`no command ${process.argv[2] ?? ""}`);
    }
    await command(settings);
}

main().catch((error: unknown) => {
    process.stderr.write(error instanceof UserError ? `${error.message}\n` : `${messageOf(error)}\n`);
    process.exitCode = 1;
});
