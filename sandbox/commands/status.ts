import type { V1Pod } from "@kubernetes/client-node";
import type { Command } from "commander";
import { podsOf, type RunningCluster, runningCluster } from "../cluster-access";
import { resourceCount, STACK } from "../engine";
import { substitutionsAmong } from "../images";
import { nodeNames, simulationOf, statusesOfNode } from "../node";
import { runDir } from "../paths";
import { type ComponentStatus, platformStatus } from "../platform";
import { isOperatorImage } from "../platform/images";
import { offWhereSimulated } from "../stack-values";
import { describeTarget, keptTarget, type Target } from "../target";
import { table } from "./table";

function stackLine(): string {
    const count = resourceCount();
    return `Stack ${STACK}: ${count === 0 ? "not deployed" : `${count} resources`}`;
}

/** Of real pods the platform's own processes are those of the node. */
async function processRows(): Promise<string[][]> {
    const own = await platformStatus();
    if (keptTarget()?.kind !== "real") {
        return own.map((status) => processRow(status));
    }
    const node = await statusesOfNode();
    const beside = own.filter(({ pid }) => pid !== undefined);
    return [...node.map((status) => processRow(status, " in the node")), ...beside.map((status) => processRow(status))];
}

/** @param place whose numbering the pid is of, when not this machine's */
function processRow({ name, pid, port, healthy, log }: ComponentStatus, place = ""): string[] {
    const state = pid === undefined ? "stopped" : healthy ? "healthy" : "ill";
    const where = pid === undefined ? "" : `pid ${pid}${place}${port === undefined ? "" : `, port ${port}`}`;
    return [name, state, where, log];
}

/** Whether the pod's containers run, and why not. */
export function reality(pod: V1Pod, pods: RunningCluster["pods"]): string {
    if (pods === "simulated") {
        return (pod.spec?.containers ?? []).some(({ image }) => isOperatorImage(image ?? ""))
            ? "simulated: PODS=simulated; a process of this machine stands for it"
            : "simulated: PODS=simulated";
    }
    if (pod.spec?.nodeName === undefined) {
        return "waits for a node";
    }
    return pod.spec.nodeName === nodeNames.simulated
        ? `simulated: ${simulationOf(pod)?.reason ?? "it asked for the simulated node"}`
        : ["real", ...substituted(pod)].join(", ");
}

/** Which programs of a real pod have another version than its images' tags say, and why. */
function substituted({ spec, status }: V1Pod): string[] {
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
    const running = containers.flatMap(({ name, image }) => {
        const id = statuses.find((container) => container.name === name)?.imageID;
        return image === undefined || id === undefined ? [] : [{ reference: image, id }];
    });
    return substitutionsAmong(running).map(
        ({ reference, contained, reason }) => `but ${contained} in place of ${reference}: ${reason}`,
    );
}

function podRow(pod: V1Pod, pods: RunningCluster["pods"]): string[] {
    const { metadata, status } = pod;
    const containers = status?.containerStatuses ?? [];
    const ready = `${containers.filter((container) => container.ready).length}/${pod.spec?.containers.length ?? 0}`;
    const waiting = containers.map(({ state }) => state?.waiting?.reason).find((reason) => reason !== undefined);
    const restarts = containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
    return [
        `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`,
        `${ready} ${waiting ?? status?.phase ?? ""}`,
        restarts === 0 ? "" : `${restarts} restart${restarts === 1 ? "" : "s"}`,
        reality(pod, pods),
    ];
}

async function podLines(): Promise<string[]> {
    const cluster = runningCluster();
    if (cluster === undefined) {
        return [];
    }
    const rows = (await podsOf(cluster)).map((pod) => podRow(pod, cluster.pods));
    return ["", ...(rows.length === 0 ? ["No pods"] : table(rows))];
}

/** How pods run, and what that leaves out. */
export function podsLines(target: Target | undefined): string[] {
    if (target?.kind === "own") {
        return [`Pods: those of ${describeTarget(target)}`];
    }
    const kind = target?.kind;
    return [
        `Pods: ${kind ?? "none are up"}`,
        ...(kind === "simulated" ? [`Off, since it takes pods that run: ${offWhereSimulated.join(", ")}`] : []),
    ];
}

export function registerStatus(program: Command): void {
    program
        .command("status")
        .description("say which processes and pods run, where they listen and where their logs are")
        .action(async () => {
            const lines = [
                ...table(await processRows()),
                ...(await podLines()),
                "",
                stackLine(),
                ...podsLines(keptTarget()),
                `Run folder: ${runDir}`,
            ];
            process.stdout.write(`${lines.join("\n")}\n`);
        });
}
