import type { WatchEvent } from "../informer";
import { isMap, maps, nameOf, type PlainMap, pluck, text } from "../objects";
import { Settling } from "./settle";
import { kinds, type WaitContext, type Waiting, type WatchRule } from "./types";

/**
 * Ready when a LoadBalancer has an address and the endpoints have settled with none of them not ready. Headless Services,
 * ExternalName and those without a selector don't wait for pods. Source: `await/service.go` of the official plugin.
 */
class ServiceWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private service: PlainMap;
    private serviceReady = false;
    private endpointsReady = false;
    private endpointsPending = false;
    private readonly settling: Settling;

    public constructor(
        private readonly context: WaitContext,
        recheck: () => void,
    ) {
        this.service = context.object;
        this.settling = new Settling(recheck);
        this.watches = [
            { gvk: kinds.service, note: this.noteService.bind(this) },
            ...(this.waitsForPods() ? [{ gvk: kinds.endpoints, note: this.noteEndpoints.bind(this) }] : []),
        ];
    }

    public object(): PlainMap {
        return this.service;
    }

    public isReady(): boolean {
        if (!this.waitsForPods()) {
            return this.serviceReady;
        }
        const ready = this.isReadyEnough() && this.settling.settled;
        if (ready) {
            this.context.status("info", "Service initialization complete");
        } else if (!this.endpointsReady || !this.settling.settled) {
            this.context.status("info", "Finding Pods to direct traffic to");
        } else {
            this.context.status("info", "Attempting to allocate IP address to Service");
        }
        return ready;
    }

    public isReadyEnough(): boolean {
        return this.serviceReady && !this.endpointsPending;
    }

    public problems(): string[] {
        const problems: string[] = [];
        if (!this.endpointsReady && this.waitsForPods()) {
            problems.push(
                "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not " +
                    "match labels on any Pods",
            );
        }
        if (this.isLoadBalancer() && !this.serviceReady) {
            problems.push("Service was not allocated an IP address; does your cloud provider support this?");
        }
        return problems;
    }

    public related(): PlainMap[] {
        return [this.service];
    }

    private isLoadBalancer(): boolean {
        return text(this.context.object, "spec", "type") === "LoadBalancer";
    }

    private waitsForPods(): boolean {
        const selector = pluck(this.service, "spec", "selector");
        return (
            text(this.context.object, "spec", "type") !== "ExternalName" &&
            text(this.service, "spec", "clusterIP") !== "None" &&
            isMap(selector) &&
            Object.keys(selector).length > 0
        );
    }

    private noteService({ type, object }: WatchEvent): void {
        if (nameOf(object) !== nameOf(this.context.object)) {
            return;
        }
        this.serviceReady = false;
        if (type !== "deleted") {
            this.service = object;
            this.serviceReady = !this.isLoadBalancer() || maps(object, "status", "loadBalancer", "ingress").length > 0;
        }
    }

    private noteEndpoints({ type, object }: WatchEvent): void {
        if (nameOf(object) !== nameOf(this.context.object)) {
            return;
        }
        this.settling.changed();
        const subsets = type === "deleted" ? [] : maps(object, "subsets");
        this.endpointsReady = subsets.some((subset) => maps(subset, "addresses").length > 0);
        this.endpointsPending = subsets.some((subset) => maps(subset, "notReadyAddresses").length > 0);
    }
}

export const serviceRule: WatchRule = {
    start: (context, recheck) => new ServiceWait(context, recheck),
    checkedOnRead: true,
};
