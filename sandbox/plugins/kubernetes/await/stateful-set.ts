import type { WatchEvent } from "../informer";
import { generationOf, nameOf, number, type PlainMap, text } from "../objects";
import { PodSet } from "./pods";
import { kinds, type WaitContext, type Waiting, type WatchRule } from "./types";

/**
 * Ready when the controller has seen this generation, all replicas are there and ready and of the current revision, and that
 * is the update revision; with the strategy `OnDelete`, after a change, when all replicas are ready.
 * Source: `await/statefulset.go` of the official plugin.
 */
class StatefulSetWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private statefulSet: PlainMap;
    private replicasReady = false;
    private revisionReady = false;
    private readonly pods = new PodSet();

    public constructor(private readonly context: WaitContext) {
        this.statefulSet = context.object;
        this.watches = [
            { gvk: kinds.statefulSet, note: this.noteStatefulSet.bind(this) },
            { gvk: kinds.pod, note: this.pods.note.bind(this.pods) },
        ];
    }

    public object(): PlainMap {
        return this.statefulSet;
    }

    public isReady(): boolean {
        if (this.replicasReady && this.revisionReady) {
            this.context.status("info", "StatefulSet initialization complete");
            return true;
        }
        return false;
    }

    public problems(): string[] {
        const problems: string[] = [];
        if (!this.replicasReady) {
            const { ready, wanted } = this.progress();
            problems.push(`${ready} out of ${wanted} replicas succeeded readiness checks`);
        }
        if (!this.revisionReady) {
            const { current, update } = this.revisions();
            problems.push(
                `StatefulSet controller failed to advance from revision "${current}" to revision "${update}"`,
            );
        }
        return [...problems, ...this.notices()];
    }

    public notices(): string[] {
        return this.pods.problems(this.statefulSet);
    }

    public related(): PlainMap[] {
        return [this.statefulSet, ...this.pods.ownedBy(this.statefulSet)];
    }

    private revisions(): { current: string; update: string } {
        return {
            current: text(this.statefulSet, "status", "currentRevision"),
            update: text(this.statefulSet, "status", "updateRevision"),
        };
    }

    /** Replicas of a former revision don't count while one is rolled out. */
    private progress(): { ready: number; wanted: number } {
        const count = (name: string): number => number(this.statefulSet, "status", name) ?? 0;
        const ready = count("readyReplicas");
        return {
            ready: this.revisionReady ? ready : Math.min(ready, count("updatedReplicas")),
            wanted: number(this.statefulSet, "spec", "replicas") ?? 0,
        };
    }

    private noteStatefulSet({ type, object }: WatchEvent): void {
        if (
            nameOf(object) !== nameOf(this.context.object) ||
            generationOf(object) < generationOf(this.context.object)
        ) {
            return;
        }
        this.replicasReady = false;
        this.revisionReady = false;
        if (type === "deleted") {
            return;
        }
        this.statefulSet = object;
        if ((number(object, "status", "observedGeneration") ?? -1) < generationOf(object)) {
            return;
        }
        const wanted = number(object, "spec", "replicas") ?? 0;
        const all = (name: string): boolean => (number(object, "status", name) ?? 0) === wanted;
        const { current, update } = this.revisions();
        const onDelete = text(object, "spec", "updateStrategy", "type") === "OnDelete" && generationOf(object) > 1;
        this.revisionReady = onDelete || (current !== "" && current === update);
        this.replicasReady = all("replicas") && all("readyReplicas") && (onDelete || all("currentReplicas"));
        this.sayProgress();
    }

    private sayProgress(): void {
        const { ready, wanted } = this.progress();
        if (!this.replicasReady) {
            this.context.status("info", `Waiting for StatefulSet to roll out (${ready}/${wanted} Pods ready)`);
        } else if (!this.revisionReady) {
            this.context.status("info", "Waiting for StatefulSet to update .status.currentRevision");
        }
    }
}

export const statefulSetRule: WatchRule = {
    start: (context) => new StatefulSetWait(context),
    checkedOnRead: true,
};
