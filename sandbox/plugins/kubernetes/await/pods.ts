import type { WatchEvent } from "../informer";
import { isOwnedBy, maps, nameOf, namespaceOf, number, type PlainMap, pluck, text } from "../objects";

/** `namespace/name`, or the name alone in `default`. */
export function displayName(object: PlainMap): string {
    const namespace = namespaceOf(object);
    return namespace === "" || namespace === "default" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function conditionOf(object: PlainMap, type: string): PlainMap | undefined {
    return maps(object, "status", "conditions").find((condition) => condition.type === type);
}

/** Container runtimes wrap the message in words that help nobody. */
function imagePullMessage(message: string): string {
    return message
        .replace(/^rpc error: code = Unknown desc = Error response from daemon: /, "")
        .replace(/: manifest unknown$/, "");
}

function containerProblems(status: PlainMap): string[] {
    if (status.ready === true) {
        return [];
    }
    const problems: string[] = [];
    const waiting = pluck(status, "state", "waiting");
    const waitingReason = text(waiting, "reason");
    if (waiting !== undefined && waitingReason !== "ContainerCreating") {
        problems.push(`[${waitingReason}] ${imagePullMessage(text(waiting, "message"))}`);
    }
    const terminated = pluck(status, "state", "terminated");
    if (text(terminated, "reason") !== "") {
        problems.push(
            text(terminated, "message") === ""
                ? `container "${text(status, "name")}" completed with exit code ${number(terminated, "exitCode") ?? 0}`
                : `[${text(terminated, "reason")}] ${imagePullMessage(text(terminated, "message"))}`,
        );
    }
    const last = pluck(status, "lastState", "terminated");
    if (last !== undefined) {
        const how = `${text(last, "reason")}: exit code ${number(last, "exitCode") ?? 0}`;
        const message = text(last, "message");
        problems.push(
            `container "${text(status, "name")}" terminated at ${text(last, "finishedAt")} (${how})` +
                (message === "" ? "" : `\n${message}`),
        );
    }
    return problems;
}

/** How far a pod is: the first of scheduled, initialized, ready that it hasn't reached, and why. */
export interface PodProgress {
    ready: boolean;
    waitingFor: string;
    problem: string | undefined;
}

/** Source: `await/checker/pod/check.go` of the official plugin. */
export function podProgress(pod: PlainMap): PodProgress {
    const name = displayName(pod);
    const steps = [
        ["PodScheduled", "scheduled"],
        ["Initialized", "initialized"],
        ["Ready", "ready"],
    ] as const;
    for (const [type, word] of steps) {
        const condition = conditionOf(pod, type);
        const done = condition?.status === "True" || (type === "Ready" && text(pod, "status", "phase") === "Succeeded");
        if (condition === undefined || !done) {
            const waitingFor = `Waiting for Pod "${name}" to be ${word}`;
            return { ready: false, waitingFor, problem: condition && stepProblem(pod, condition, type) };
        }
    }
    return { ready: true, waitingFor: "", problem: undefined };
}

function stepProblem(pod: PlainMap, condition: PlainMap, type: string): string | undefined {
    const reason = text(condition, "reason");
    const message = text(condition, "message");
    if (type === "PodScheduled") {
        return reason !== "" && message !== "" ? message : undefined;
    }
    const containers = maps(pod, "status", "containerStatuses").flatMap(containerProblems);
    if (containers.length === 0 && message === "") {
        return undefined;
    }
    return `[Pod ${displayName(pod)}]: ${reason === "" ? "" : message}${containers.join("\n")}`;
}

/** The pods of a namespace, of which some belong to the object that is waited for. */
export class PodSet {
    private readonly pods = new Map<string, PlainMap>();

    public note(event: WatchEvent): void {
        if (event.type === "deleted") {
            this.pods.delete(nameOf(event.object));
        } else {
            this.pods.set(nameOf(event.object), event.object);
        }
    }

    public ownedBy(owner: PlainMap | undefined): PlainMap[] {
        return [...this.pods.values()].filter((pod) => isOwnedBy(pod, owner));
    }

    /** What keeps the pods of `owner` from being ready. */
    public problems(owner: PlainMap | undefined): string[] {
        return this.ownedBy(owner).flatMap((pod) => podProgress(pod).problem ?? []);
    }
}
