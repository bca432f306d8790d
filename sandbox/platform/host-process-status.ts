import type { V1ContainerState, V1Pod, V1PodCondition, V1PodStatus } from "@kubernetes/client-node";

/** What has become of the process that stands for a container. */
export type ProcessState =
    | { kind: "blocked"; reason: string; message: string }
    | { kind: "running"; startedAt: Date; ready: boolean; message?: string }
    | { kind: "crashed"; startedAt: Date; finishedAt: Date; exitCode: number; message: string };

/** The status of a pod one of whose containers is a process of this machine; the others count as running. */
export function podStatus(pod: V1Pod, containerName: string, state: ProcessState, restartCount: number): V1PodStatus {
    const ready = state.kind === "running" && state.ready;
    const started = pod.status?.startTime ?? new Date();
    const containers = pod.spec?.containers ?? [];
    return {
        phase: state.kind === "blocked" ? "Pending" : "Running",
        conditions: conditions(ready, containerName, pod.status?.conditions ?? []),
        containerStatuses: containers.map(({ name, image }) => {
            const common = { name, image: image ?? "", imageID: "" };
            return name === containerName
                ? { ...common, ready, started: state.kind === "running", restartCount, ...containerState(name, state) }
                : {
                      ...common,
                      ready: true,
                      started: true,
                      restartCount: 0,
                      state: { running: { startedAt: started } },
                  };
        }),
    };
}

function containerState(name: string, state: ProcessState): { state: V1ContainerState; lastState?: V1ContainerState } {
    switch (state.kind) {
        case "blocked":
            return { state: { waiting: { reason: state.reason, message: state.message } } };
        case "running":
            return { state: { running: { startedAt: state.startedAt } } };
        case "crashed": {
            const { exitCode, message, startedAt, finishedAt } = state;
            const waiting = {
                reason: "CrashLoopBackOff",
                message: `back-off restarting failed container=${name}: ${message.split("\n").at(-1) ?? ""}`,
            };
            const terminated = {
                exitCode,
                message,
                startedAt,
                finishedAt,
                reason: exitCode === 0 ? "Completed" : "Error",
            };
            return { state: { waiting }, lastState: { terminated } };
        }
    }
}

function conditions(ready: boolean, containerName: string, present: readonly V1PodCondition[]): V1PodCondition[] {
    const now = new Date();
    const status = ready ? "True" : "False";
    // Empty, and not left out: a patch keeps what it doesn't name.
    const why = ready
        ? { reason: "", message: "" }
        : { reason: "ContainersNotReady", message: `containers with unready status: [${containerName}]` };
    return ["ContainersReady", "Ready"].map((type) => {
        const before = present.find((condition) => condition.type === type);
        const since = before?.status === status ? before.lastTransitionTime : now;
        return { type, status, lastTransitionTime: since ?? now, ...why };
    });
}
