import type { LogSeverity } from "../../provider/types";
import type { Cluster } from "../cluster";
import type { WatchEvent } from "../informer";
import type { GroupVersionKind, PlainMap } from "../objects";

/** What a wait rule is asked about. */
export interface WaitContext {
    /** The object as the API server returned it from the create or update. */
    object: PlainMap;
    /** The object before an update; undefined for a new one. */
    before: PlainMap | undefined;
    /** Says in the status column how far it is. */
    status(severity: LogSeverity, message: string): void;
}

/** What every wait needs. */
export interface WaitSetting {
    cluster: Cluster;
    /** Aborted by Ctrl-C. */
    cancelled: AbortSignal;
    status: WaitContext["status"];
}

/** One object on its way to being ready. Its rule gets events and says when it is there. */
export interface Waiting {
    /** Kinds of the namespace to watch, the object's own among them. */
    watches: { gvk: GroupVersionKind; note: (event: WatchEvent) => void }[];
    isReady(): boolean;
    /** The newest state of the object. */
    object(): PlainMap;
    /** Why it isn't ready. */
    problems(): string[];
    /** Asked at the time-out: good enough? */
    isReadyEnough?(): boolean;
    /** Said every ten seconds. */
    notices?(): string[];
    /** Objects whose warning events tell more about a failure. */
    related?(): PlainMap[];
}

/** A rule that follows events. */
export interface WatchRule {
    /** @param recheck asks {@link Waiting.isReady} again without an event */
    start(context: WaitContext, recheck: () => void): Waiting;
    /** Is the rule asked when the state is refreshed? */
    checkedOnRead: boolean;
}

/** A rule that looks again and again, never when the state is refreshed. */
export interface PollRule {
    timeoutMs: number;
    isReady(context: WaitContext, live: PlainMap, cluster: Cluster): boolean | Promise<boolean>;
}

/** The object is there but isn't well. */
export class NotReadyError extends Error {
    public override readonly name = "NotReadyError";

    public constructor(
        message: string,
        /** The last that was seen of the object. */
        public readonly object: PlainMap,
        public readonly problems: string[] = [],
    ) {
        super(message);
    }
}

export const kinds = {
    daemonSet: { group: "apps", version: "v1", kind: "DaemonSet" },
    deployment: { group: "apps", version: "v1", kind: "Deployment" },
    endpoints: { group: "", version: "v1", kind: "Endpoints" },
    event: { group: "", version: "v1", kind: "Event" },
    ingress: { group: "networking.k8s.io", version: "v1", kind: "Ingress" },
    job: { group: "batch", version: "v1", kind: "Job" },
    persistentVolumeClaim: { group: "", version: "v1", kind: "PersistentVolumeClaim" },
    pod: { group: "", version: "v1", kind: "Pod" },
    replicaSet: { group: "apps", version: "v1", kind: "ReplicaSet" },
    service: { group: "", version: "v1", kind: "Service" },
    statefulSet: { group: "apps", version: "v1", kind: "StatefulSet" },
} as const satisfies Record<string, GroupVersionKind>;
