import type { WatchEvent } from "../informer";
import { maps, nameOf, type PlainMap, text } from "../objects";
import { Settling } from "./settle";
import { kinds, type WaitContext, type Waiting, type WatchRule } from "./types";

/** Time after which a namespace without any endpoints counts as settled. */
const NO_ENDPOINTS_MS = 60_000;

/**
 * Ready when it has an address and the Service of each path has an Endpoints object (or the endpoints have settled without).
 * Source: `await/ingress.go` of the official plugin.
 */
class IngressWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private ingress: PlainMap;
    private hasAddress = false;
    private endpointsSeen = false;
    private graceOver = false;
    private readonly endpoints = new Set<string>();
    private readonly externalNames = new Set<string>();
    private readonly settling: Settling;

    public constructor(
        private readonly context: WaitContext,
        recheck: () => void,
    ) {
        this.ingress = context.object;
        this.settling = new Settling(recheck);
        setTimeout(() => {
            this.graceOver = !this.endpointsSeen;
            recheck();
        }, NO_ENDPOINTS_MS).unref();
        this.watches = [
            { gvk: kinds.ingress, note: this.noteIngress.bind(this) },
            { gvk: kinds.service, note: this.noteService.bind(this) },
            { gvk: kinds.endpoints, note: this.noteEndpoints.bind(this) },
        ];
    }

    public object(): PlainMap {
        return this.ingress;
    }

    public isReady(): boolean {
        const backends = this.hasBackends();
        if (backends && !this.hasAddress) {
            this.context.status("info", "Waiting for update of .status.loadBalancer with hostname/IP");
        } else if (!backends) {
            this.context.status("info", "Finding a matching service for each Ingress path");
        }
        return backends && this.hasAddress;
    }

    public problems(): string[] {
        const problems: string[] = [];
        if (!this.hasBackends()) {
            problems.push("Ingress has at least one rule with an unavailable target endpoint.");
        }
        if (!this.hasAddress) {
            problems.push("Ingress .status.loadBalancer field was not updated with a hostname/IP address.");
        }
        return problems;
    }

    public related(): PlainMap[] {
        return [this.ingress];
    }

    private hasBackends(): boolean {
        const missing = maps(this.ingress, "spec", "rules")
            .flatMap((rule) => maps(rule, "http", "paths"))
            .map((path) => text(path, "backend", "service", "name"))
            .filter((name) => name !== "" && !this.externalNames.has(name) && !this.endpoints.has(name));
        const settled = this.settling.settled || this.graceOver;
        if (missing.length > 0 && settled) {
            this.context.status("warning", `No matching service found for ingress rule: "${missing.join('", "')}"`);
        }
        return missing.length === 0 || settled;
    }

    private noteIngress({ type, object }: WatchEvent): void {
        if (nameOf(object) !== nameOf(this.context.object)) {
            return;
        }
        this.hasAddress = false;
        if (type !== "deleted") {
            this.ingress = object;
            this.hasAddress = maps(object, "status", "loadBalancer", "ingress").length > 0;
        }
    }

    private noteService({ type, object }: WatchEvent): void {
        if (type === "deleted") {
            this.externalNames.delete(nameOf(object));
        } else if (text(object, "spec", "type") === "ExternalName") {
            this.externalNames.add(nameOf(object));
        }
    }

    private noteEndpoints({ type, object }: WatchEvent): void {
        this.endpointsSeen = true;
        if (type === "deleted") {
            this.endpoints.delete(nameOf(object));
        } else {
            this.endpoints.add(nameOf(object));
        }
        this.settling.changed();
    }
}

export const ingressRule: WatchRule = {
    start: (context, recheck) => new IngressWait(context, recheck),
    checkedOnRead: true,
};
