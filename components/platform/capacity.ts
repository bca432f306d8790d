import { parseBytes, parseMillicores } from "../../config/units";

/** What one workload asks of the cluster. */
export interface Demand {
    readonly workload: string;
    /** Pods; for a DaemonSet the number of nodes, where known. */
    readonly replicas: number;
    readonly requests: { readonly cpu: string; readonly memory: string };
    /** Size of each replica's volume. */
    readonly volume?: string;
}

/** Sums of all requests; the unit stands in the name. */
export interface CapacityTotals {
    readonly cpuMillicores: number;
    readonly memoryMi: number;
    readonly volumeGi: number;
}

/** What the stack asks of the cluster in total, added up where each workload is made. */
export class Capacity {
    private readonly demands: Demand[] = [];

    add(demand: Demand): void {
        this.demands.push(demand);
    }

    list(): readonly Demand[] {
        return this.demands;
    }

    totals(): CapacityTotals {
        const sum = (of: (demand: Demand) => number) =>
            this.demands.reduce((total, demand) => total + demand.replicas * of(demand), 0);
        return {
            cpuMillicores: sum((d) => parseMillicores(d.requests.cpu)),
            memoryMi: sum((d) => parseBytes(d.requests.memory)) / 2 ** 20,
            volumeGi: sum((d) => (d.volume === undefined ? 0 : parseBytes(d.volume))) / 2 ** 30,
        };
    }
}
