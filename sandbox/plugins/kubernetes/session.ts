import type { EngineHost, LogSeverity } from "../provider/types";
import { ProviderError } from "../provider/types";
import { messageOf } from "./api-error";
import { NotReadyError, type WaitSetting } from "./await";
import { Cluster, type Written } from "./cluster";
import { loadConnection } from "./kubeconfig";
import { type GroupVersionKind, gvkOf, type PlainMap } from "./objects";
import type { Settings } from "./settings";
import { isBuiltInGroup, rowOf } from "./table";

const STAND_IN = "the sandbox's stand-in for the Kubernetes plugin";

/** Set by the end-to-end tests: a warning of the API server about an object of ours fails that object. */
const warningsAreErrors = (): boolean => process.env.PERCH_SANDBOX_WARNINGS === "error";

/** A configured provider: its cluster and how to speak to the user. */
export class Session {
    private readonly cancellation = new AbortController();
    /** Warnings said, by resource: previews, retries and updates would repeat them. */
    private readonly said = new Set<string>();

    private constructor(
        public readonly settings: Settings,
        private readonly host: EngineHost,
        private readonly reachable: Cluster | undefined,
        /** Why there is no cluster; empty where there is one. */
        public readonly unreachableReason: string,
        /** Namespace of objects that name none. */
        public readonly defaultNamespace: string,
    ) {}

    /** Connects. A cluster that can't be reached is no error yet: previews work without. */
    public static async open(settings: Settings, host: EngineHost): Promise<Session> {
        let connection;
        try {
            connection = await loadConnection(settings);
        } catch (error) {
            const reason = `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${messageOf(error)}`;
            return new Session(settings, host, undefined, reason, settings.namespace ?? "default");
        }
        const namespace = settings.namespace ?? (connection.namespace || "default");
        const cluster = new Cluster(connection);
        try {
            await cluster.discovery.known({ group: "", version: "v1", kind: "Namespace" });
        } catch (error) {
            cluster.close();
            const reason = `unable to load schema information from the API server: ${messageOf(error)}`;
            return new Session(settings, host, undefined, reason, namespace);
        }
        return new Session(settings, host, cluster, "", namespace);
    }

    public get isReachable(): boolean {
        return this.reachable !== undefined;
    }

    /** @throws {ProviderError} when it can't be reached */
    public get cluster(): Cluster {
        if (this.reachable === undefined) {
            throw new ProviderError(
                `configured Kubernetes cluster is unreachable: ${this.unreachableReason}`,
                "unavailable",
            );
        }
        return this.reachable;
    }

    public get cancelled(): AbortSignal {
        return this.cancellation.signal;
    }

    /** Ends what is waited for. */
    public cancel(): void {
        this.cancellation.abort();
    }

    public close(): void {
        this.reachable?.close();
    }

    public log(severity: LogSeverity, message: string, urn: string): void {
        this.host.log(severity, message, urn);
    }

    /** The status column of one resource; the same message twice is said once. */
    public statusOf(urn: string): WaitSetting["status"] {
        let last = "";
        return (severity, message) => {
            if (message !== last) {
                last = message;
                this.host.log(severity, message, urn, true);
            }
        };
    }

    public waitSetting(urn: string): WaitSetting {
        return { cluster: this.cluster, cancelled: this.cancelled, status: this.statusOf(urn) };
    }

    /**
     * Passes on the API server's warnings about an object and returns the object.
     * @throws {NotReadyError} instead, where warnings are errors
     */
    public heed({ object, warnings }: Written, urn: string): PlainMap {
        for (const warning of warnings) {
            if (warningsAreErrors()) {
                throw new NotReadyError(`the API server warns: ${warning}`, object);
            }
            const key = `${urn}\n${warning}`;
            if (!this.said.has(key)) {
                this.said.add(key);
                this.log("warning", warning, urn);
            }
        }
        return object;
    }

    /** Do objects of this kind live in a namespace? As long as a custom resource has no definition: yes, until told. */
    public async isNamespaced(gvk: GroupVersionKind): Promise<boolean> {
        const row = rowOf(gvk);
        if (row !== undefined) {
            return row.namespaced;
        }
        return (await this.reachable?.discovery.known(gvk))?.namespaced ?? true;
    }

    /** Does the cluster serve the kind of this object now? */
    public async isServed(object: PlainMap): Promise<boolean> {
        return (await this.reachable?.discovery.known(gvkOf(object))) !== undefined;
    }
}

/**
 * The kind that a type token names, such as `kubernetes:apps/v1:Deployment`.
 * @throws {ProviderError} for what the stand-in doesn't know
 */
export function kindOfToken(type: string): GroupVersionKind {
    const [, module = "", kind = ""] = type.split(":");
    const [group = "", version] = module.split("/");
    if (version === undefined || kind === "" || group === "helm.sh" || group === "kustomize" || group === "yaml") {
        throw new ProviderError(`${type} isn't part of ${STAND_IN}: it knows typed resources only.`, "unimplemented");
    }
    const gvk = { group: group === "core" ? "" : group, version, kind };
    if (!isBuiltInGroup(gvk.group) || rowOf(gvk) !== undefined) {
        return gvk;
    }
    if (kind.endsWith("List") && rowOf({ ...gvk, kind: kind.slice(0, -"List".length) }) !== undefined) {
        throw new ProviderError(
            "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be created " +
                "directly. Use the underlying resource type instead",
        );
    }
    throw new ProviderError(
        `${type} isn't part of ${STAND_IN}. Use the official plugin, or add a row to sandbox/plugins/kubernetes/table.ts.`,
        "unimplemented",
    );
}
