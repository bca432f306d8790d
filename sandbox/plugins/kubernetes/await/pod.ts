import type { WatchEvent } from "../informer";
import { nameOf, type PlainMap } from "../objects";
import { podProgress } from "./pods";
import { kinds, type WaitContext, type Waiting, type WatchRule } from "./types";

/** Ready when scheduled, initialized and `Ready`, or when it has succeeded. Source: `await/pod.go` of the official plugin. */
class PodWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private pod: PlainMap;

    public constructor(private readonly context: WaitContext) {
        this.pod = context.object;
        this.watches = [{ gvk: kinds.pod, note: this.note.bind(this) }];
    }

    public object(): PlainMap {
        return this.pod;
    }

    public isReady(): boolean {
        const { ready, waitingFor } = podProgress(this.pod);
        this.context.status("info", waitingFor);
        return ready;
    }

    public problems(): string[] {
        const { problem } = podProgress(this.pod);
        return problem === undefined ? [] : [problem];
    }

    public related(): PlainMap[] {
        return [this.pod];
    }

    private note({ type, object }: WatchEvent): void {
        if (nameOf(object) === nameOf(this.context.object) && type !== "deleted") {
            this.pod = object;
        }
    }
}

export const podRule: WatchRule = { start: (context) => new PodWait(context), checkedOnRead: true };
