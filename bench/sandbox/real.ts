import { setTimeout as sleep } from "node:timers/promises";
import type { V1Pod } from "@kubernetes/client-node";
import { STACK } from "../../sandbox/engine";
import { daemonStatuses } from "../../sandbox/processes";
import { openSandbox } from "../../sandbox/sandbox";
import { stopSandbox } from "../../sandbox/stop";
import { Stack } from "../../tests/e2e/support/stack";
import { node, openLive } from "../../tests/live/support/live";
import { untilAllReady } from "../../tests/live/support/pods";
import { figureLine, goals, plainLine, readySeconds, secondsOf } from "./figures";
import { memoryBytes } from "./memory";

/** After all pods are ready, until memory is measured: caches and indices have been filled then. Milliseconds. */
const settleMs = 60_000;

/** Start, deployment, memory and stop of a real node, with the images that the user's cache has. */
export async function realFigures(print: (line: string) => void): Promise<void> {
    const reports: string[] = [];
    const report = (line: string) => reports.push(line);
    const { engine } = await openSandbox({ target: "real", report });
    print(figureLine(goals.nodeReady, readySeconds("node", reports)));

    print(plainLine("pulumi up of the core", "s", await secondsOf(() => new Stack(STACK, engine).up())));
    await openLive(false);
    const pods = await untilAllReady(600);
    print(figureLine(goals.podsReady, Math.max(...pods.map(secondsToReady))));

    await sleep(settleMs);
    const beside = daemonStatuses().filter(({ alive }) => alive);
    print(figureLine(goals.memory, memoryBytes([node().pid, ...beside.map(({ pid }) => pid)])));
    print(figureLine(goals.stop, await secondsOf(() => stopSandbox(() => undefined))));
}

/** From a pod's creation to its readiness, in whole seconds: the API server's times have no more. */
function secondsToReady({ metadata, status }: V1Pod): number {
    const ready = status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
    return ((ready?.getTime() ?? NaN) - (metadata?.creationTimestamp?.getTime() ?? NaN)) / 1_000;
}
