import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { STACK } from "../../sandbox/engine";
import { daemonStatuses } from "../../sandbox/processes";
import { openSandbox } from "../../sandbox/sandbox";
import { stopSandbox } from "../../sandbox/stop";
import { Stack } from "../../tests/e2e/support/stack";
import { kubectl } from "../../tests/live/support/kubectl";
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
    const ready = Math.max(
        ...pods.flatMap(({ status }) =>
            (status?.conditions ?? [])
                .filter(({ type }) => type === "Ready")
                .map(({ lastTransitionTime }) => lastTransitionTime?.getTime() ?? NaN),
        ),
    );
    // Whole seconds: the API server's times have no more.
    print(figureLine(goals.podsReady, Math.max(0, (ready - (await lastApplied())) / 1_000)));

    await sleep(settleMs);
    const beside = daemonStatuses().filter(({ alive }) => alive);
    print(figureLine(goals.memory, memoryBytes([node().pid, ...beside.map(({ pid }) => pid)])));
    print(figureLine(goals.stop, await secondsOf(() => stopSandbox(() => undefined))));
}

const listSchema = z.object({
    items: z.array(
        z.object({
            metadata: z.object({
                managedFields: z
                    .array(z.object({ manager: z.string(), time: z.iso.datetime().optional() }))
                    .default([]),
            }),
        }),
    ),
});

/** When Pulumi applied the last object. Milliseconds since 1970. */
async function lastApplied(): Promise<number> {
    const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name")).trim().split("\n");
    const list = await kubectl(
        "get",
        // The metrics APIs' values have no time.
        kinds.filter((kind) => !kind.endsWith("metrics.k8s.io")).join(","),
        "--all-namespaces",
        "--ignore-not-found",
        "--show-managed-fields",
        "--output=json",
    );
    const times = listSchema
        .parse(JSON.parse(list))
        .items.flatMap(({ metadata }) => metadata.managedFields)
        .flatMap(({ manager, time }) =>
            manager.startsWith("pulumi-kubernetes") && time !== undefined ? [Date.parse(time)] : [],
        );
    return Math.max(...times);
}
