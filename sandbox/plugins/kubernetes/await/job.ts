import type { WatchEvent } from "../informer";
import { nameOf, number, type PlainMap, text } from "../objects";
import { conditionOf, displayName, PodSet } from "./pods";
import { kinds, NotReadyError, type WaitContext, type Waiting, type WatchRule } from "./types";

/** Failures after which a Job doesn't try again. */
const FINAL_REASONS = ["BackoffLimitExceeded", "DeadlineExceeded"];

/** Has it started, and is it complete? */
export function isJobReady(job: PlainMap): boolean {
    return text(job, "status", "startTime") !== "" && conditionOf(job, "Complete")?.status === "True";
}

function finalFailure(job: PlainMap): string | undefined {
    const failed = conditionOf(job, "Failed");
    return failed?.status === "True" && FINAL_REASONS.includes(text(failed, "reason"))
        ? `[${text(failed, "reason")}] ${text(failed, "message")}`
        : undefined;
}

/** Ready when complete; an error as soon as it has failed for good. Source: `await/job.go` of the official plugin. */
class JobWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private job: PlainMap;
    private readonly pods = new PodSet();

    public constructor(private readonly context: WaitContext) {
        this.job = context.object;
        this.watches = [
            { gvk: kinds.job, note: this.noteJob.bind(this) },
            { gvk: kinds.pod, note: this.pods.note.bind(this.pods) },
        ];
    }

    public object(): PlainMap {
        return this.job;
    }

    public isReady(): boolean {
        const count = (name: string): number => number(this.job, "status", name) ?? 0;
        const progress = `(Active: ${count("active")} | Succeeded: ${count("succeeded")} | Failed: ${count("failed")})`;
        this.context.status("info", `Waiting for Job "${displayName(this.job)}" to succeed ${progress}`);
        return isJobReady(this.job);
    }

    public problems(): string[] {
        return [finalFailure(this.job) ?? "", ...this.notices()].filter((problem) => problem !== "");
    }

    public notices(): string[] {
        return this.pods.problems(this.job);
    }

    public related(): PlainMap[] {
        return [this.job, ...this.pods.ownedBy(this.job)];
    }

    private noteJob({ type, object }: WatchEvent): void {
        if (nameOf(object) !== nameOf(this.context.object) || type === "deleted") {
            return;
        }
        this.job = object;
        if (finalFailure(object) !== undefined) {
            throw new NotReadyError(
                `Resource '${nameOf(object)}' was created but failed to initialize`,
                object,
                this.problems(),
            );
        }
    }
}

export const jobRule: WatchRule = { start: (context) => new JobWait(context), checkedOnRead: true };
