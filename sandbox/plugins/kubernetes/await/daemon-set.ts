import type { WatchEvent } from "../informer";
import { generationOf, nameOf, number, type PlainMap, text } from "../objects";
import { PodSet } from "./pods";
import { kinds, type WaitContext, type Waiting, type WatchRule } from "./types";

/**
 * What a DaemonSet still waits for; undefined when it is ready. Source: `await/daemonset.go` of the official plugin, which asks
 * `sigs.k8s.io/cli-utils/pkg/kstatus/status`.
 */
export function daemonSetLack(daemonSet: PlainMap): string | undefined {
    if (text(daemonSet, "metadata", "deletionTimestamp") !== "") {
        return "Resource scheduled for deletion";
    }
    const generation = generationOf(daemonSet);
    const observed = number(daemonSet, "status", "observedGeneration");
    if (observed !== undefined && observed !== generation) {
        return `DaemonSet generation is ${generation}, but latest observed generation is ${observed}`;
    }
    const desired = number(daemonSet, "status", "desiredNumberScheduled");
    if (desired === undefined || observed === undefined) {
        return "Missing .status.desiredNumberScheduled";
    }
    const counts = {
        Current: "currentNumberScheduled",
        Updated: "updatedNumberScheduled",
        Available: "numberAvailable",
        Ready: "numberReady",
    };
    for (const [word, name] of Object.entries(counts)) {
        const count = number(daemonSet, "status", name) ?? 0;
        if (count < desired) {
            return `${word}: ${count}/${desired}`;
        }
    }
    return undefined;
}

class DaemonSetWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private daemonSet: PlainMap;
    private readonly pods = new PodSet();

    public constructor(private readonly context: WaitContext) {
        this.daemonSet = context.object;
        this.watches = [
            { gvk: kinds.daemonSet, note: this.noteDaemonSet.bind(this) },
            { gvk: kinds.pod, note: this.pods.note.bind(this.pods) },
        ];
    }

    public object(): PlainMap {
        return this.daemonSet;
    }

    public isReady(): boolean {
        const lack = daemonSetLack(this.daemonSet);
        this.context.status("info", lack ?? "All replicas scheduled as expected");
        return lack === undefined;
    }

    public problems(): string[] {
        return [daemonSetLack(this.daemonSet) ?? "", ...this.notices()].filter((problem) => problem !== "");
    }

    public notices(): string[] {
        return this.pods.problems(this.daemonSet);
    }

    public related(): PlainMap[] {
        return [this.daemonSet, ...this.pods.ownedBy(this.daemonSet)];
    }

    private noteDaemonSet({ type, object }: WatchEvent): void {
        const known = this.context.object;
        if (nameOf(object) === nameOf(known) && generationOf(object) >= generationOf(known) && type !== "deleted") {
            this.daemonSet = object;
        }
    }
}

export const daemonSetRule: WatchRule = {
    start: (context) => new DaemonSetWait(context),
    checkedOnRead: true,
};
