import { isDeepStrictEqual } from "node:util";
import type { WatchEvent } from "../informer";
import {
    annotationOf,
    generationOf,
    isOwnedBy,
    maps,
    nameOf,
    number,
    type PlainMap,
    pluck,
    text,
    uidOf,
} from "../objects";
import { PodSet } from "./pods";
import { kinds, type WaitContext, type Waiting, type WatchRule } from "./types";

const revisionOf = (object: PlainMap | undefined): string =>
    object === undefined ? "" : annotationOf(object, "deployment.kubernetes.io/revision");

/**
 * Ready when the controller has seen this generation, the Deployment is `Available`, the ReplicaSet of its revision has all
 * its pods ready (after a change of the pod template a new one, and `Progressing` for the reason `NewReplicaSetAvailable`),
 * and its volume claims are bound. Source: `await/deployment.go` of the official plugin.
 *
 * Stricter than that in one thing: with the strategy `Recreate` the controller reports the new generation before there is a
 * new ReplicaSet, while the old one still looks well. A changed pod template is ready only under a new revision.
 */
class DeploymentWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private deployment: PlainMap;
    private revision = "";
    private readonly outdatedRevision: string | undefined;
    private reconciled = false;
    private available = false;
    private rolledOut = false;
    private conditionProblems: string[] = [];
    private readonly replicaSets = new Map<string, PlainMap>();
    private readonly claims = new Map<string, PlainMap>();
    private readonly pods = new PodSet();

    public constructor(private readonly context: WaitContext) {
        this.deployment = context.object;
        const { object, before } = context;
        this.outdatedRevision =
            before === undefined ||
            isDeepStrictEqual(pluck(before, "spec", "template"), pluck(object, "spec", "template"))
                ? undefined
                : revisionOf(before);
        this.watches = [
            { gvk: kinds.deployment, note: this.noteDeployment.bind(this) },
            { gvk: kinds.replicaSet, note: this.noteReplicaSet.bind(this) },
            { gvk: kinds.pod, note: this.pods.note.bind(this.pods) },
            { gvk: kinds.persistentVolumeClaim, note: this.noteClaim.bind(this) },
        ];
    }

    public object(): PlainMap {
        return this.deployment;
    }

    public isReady(): boolean {
        const first = this.revision === "1";
        const ready =
            this.reconciled &&
            this.revision !== this.outdatedRevision &&
            this.available &&
            (first || this.rolledOut) &&
            this.isReplicaSetReady() &&
            this.unboundClaims().length === 0;
        if (ready) {
            this.context.status("info", "Deployment initialization complete");
        }
        return ready;
    }

    public problems(): string[] {
        const unbound = this.unboundClaims();
        const problems = [...this.conditionProblems];
        if (unbound.length > 0) {
            problems.push(`Failed to bind PersistentVolumeClaim(s): "${unbound.map(nameOf).join(",")}"`);
        }
        if (!this.available) {
            problems.push("Minimum number of live Pods was not attained");
        } else if (this.revision !== "1" && !this.rolledOut) {
            problems.push("Minimum number of Pods to consider the application live was not attained");
        } else if (!this.isReplicaSetReady()) {
            problems.push(
                this.revision === "1"
                    ? "Minimum number of Pods to consider the application live was not attained"
                    : "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live",
            );
        }
        return [...problems, ...this.notices()];
    }

    public notices(): string[] {
        return this.pods.problems(this.replicaSets.get(this.revision));
    }

    public related(): PlainMap[] {
        const replicaSet = this.replicaSets.get(this.revision);
        return [this.deployment, ...(replicaSet ? [replicaSet, ...this.pods.ownedBy(replicaSet)] : [])];
    }

    private noteDeployment({ type, object }: WatchEvent): void {
        if (
            nameOf(object) !== nameOf(this.context.object) ||
            generationOf(object) < generationOf(this.context.object)
        ) {
            return;
        }
        this.reconciled ||= generationOf(object) === number(object, "status", "observedGeneration");
        if (!this.reconciled || type === "deleted") {
            return;
        }
        this.deployment = object;
        this.revision = revisionOf(object);
        this.conditionProblems = [];
        for (const condition of maps(object, "status", "conditions")) {
            this.noteCondition(condition);
        }
        if (!this.isReplicaSetReady()) {
            this.sayProgress();
        }
    }

    private noteCondition(condition: PlainMap): void {
        const holds = condition.status === "True";
        const reason = text(condition, "reason");
        if (condition.type === "Progressing") {
            this.rolledOut = holds && reason === "NewReplicaSetAvailable";
        } else if (condition.type === "Available") {
            this.available = holds;
        }
        // ReplicaFailure says why no pod can be made, such as a quota or a Pod Security violation.
        const bad = condition.type === "ReplicaFailure" ? holds : !holds;
        if (bad && reason !== "" && text(condition, "message") !== "") {
            const message = `[${reason}] ${text(condition, "message")}`;
            this.conditionProblems.push(message);
            this.context.status("warning", message);
        }
    }

    private noteReplicaSet({ type, object }: WatchEvent): void {
        if (!isOwnedBy(object, this.context.object)) {
            return;
        }
        if (type === "deleted") {
            this.replicaSets.delete(revisionOf(object));
        } else {
            this.replicaSets.set(revisionOf(object), object);
        }
    }

    private noteClaim({ type, object }: WatchEvent): void {
        if (type === "deleted") {
            this.claims.delete(uidOf(object));
            return;
        }
        const used = maps(this.deployment, "spec", "template", "spec", "volumes").some(
            (volume) => text(volume, "persistentVolumeClaim", "claimName") === nameOf(object),
        );
        if (used) {
            this.claims.set(uidOf(object), object);
        }
    }

    private unboundClaims(): PlainMap[] {
        return [...this.claims.values()].filter((claim) => text(claim, "status", "phase") !== "Bound");
    }

    /** The ReplicaSet's own `spec.replicas` counts: it is what holds after a `kubectl scale`. */
    private isReplicaSetReady(): boolean {
        const replicaSet = this.replicaSets.get(this.revision);
        if (replicaSet === undefined || this.revision === "") {
            return false;
        }
        const wanted = number(replicaSet, "spec", "replicas") ?? 1;
        if (wanted === 0 && number(this.deployment, "spec", "replicas") !== 0) {
            // One of an earlier revision that is used again, before it is scaled up.
            return false;
        }
        return (number(replicaSet, "status", "readyReplicas") ?? 0) >= wanted;
    }

    private sayProgress(): void {
        const replicaSet = this.replicaSets.get(this.revision);
        const ready = number(replicaSet, "status", "readyReplicas") ?? 0;
        const wanted = number(replicaSet, "spec", "replicas") ?? number(this.deployment, "spec", "replicas") ?? 1;
        this.context.status("info", `Waiting for app ReplicaSet to be available (${ready}/${wanted} Pods available)`);
    }
}

export const deploymentRule: WatchRule = {
    start: (context) => new DeploymentWait(context),
    checkedOnRead: true,
};
