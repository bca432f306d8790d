import { blockTimes } from "../blocks";
import type { AreaSettings, LoadSettings, MetricsSettings } from "../schema";
import { parseDuration } from "../units";

/**
 * A Kubernetes cluster as Red Hat measured it ("Scaling the Cluster Monitoring Operator", OpenShift 4.9): 50 nodes with
 * 36 pods of two containers each, scraped every 30 s, fill 6.3 GB a day with 20 % on top and keep one core busy. At two
 * bytes a sample that is 30,400 samples a second, or 911,000 series; how they divide into nodes and pods is our own.
 */
export const measured = { podsPerNode: 36, seriesPerNode: 2000, seriesPerPod: 450, samplesPerCore: 30_000 };

/**
 * Bytes of a sample in a block: 1 to 2 by Prometheus's documentation of its storage. Sizes are for the most; a setting
 * is refused only where it is too small for the least.
 */
export const sampleBytes = { least: 1, most: 2 };

/** What is taken for the load, given or estimated. */
export interface Assumed {
    /** Where the figures come from, in words. */
    readonly basis: string;
    /** Active series of one Prometheus, or of its shards together. */
    readonly series: number;
    /** Samples that one Prometheus takes a second, or its shards together. */
    readonly samplesPerSecond: number;
    /** Bytes of a sample in a block. */
    readonly bytesPerSample: number;
    readonly queries: LoadSettings["queries"];
}

function estimate(load: LoadSettings, ofCluster: number | undefined): { series: number; basis: string } | undefined {
    const nodes = load.nodes ?? ofCluster;
    const pods = load.pods ?? (nodes === undefined ? undefined : nodes * measured.podsPerNode);
    if (pods === undefined) {
        return undefined;
    }
    const onNodes = nodes ?? Math.ceil(pods / measured.podsPerNode);
    return {
        series: onNodes * measured.seriesPerNode + pods * measured.seriesPerPod,
        basis: `estimate for ${onNodes} nodes and ${pods} pods`,
    };
}

/** Whether the times that sizes are made from are any: others are refused by themselves. */
export function hasTimes(metrics: Pick<MetricsSettings, "scrapeInterval" | "blockLength">): boolean {
    return parseDuration(metrics.scrapeInterval) >= 1000 && blockTimes(metrics).length > 0;
}

/**
 * The load in figures: series x samples a second, each given, from the other by the scrape interval, or estimated as
 * 2000 series a node and 450 a pod.
 *
 * @returns undefined where nothing is given to tell it from, or {@link hasTimes} says no
 */
export function assumedLoad(
    load: LoadSettings,
    { cluster, metrics }: Pick<AreaSettings, "cluster" | "metrics">,
): Assumed | undefined {
    const interval = parseDuration(metrics.scrapeInterval) / 1000;
    const { series, samplesPerSecond, queries } = load;
    const known =
        series !== undefined
            ? { series, basis: "load.series" }
            : samplesPerSecond !== undefined
              ? { series: Math.ceil(samplesPerSecond * interval), basis: "load.samplesPerSecond" }
              : estimate(load, cluster.nodes);
    if (known === undefined || !hasTimes(metrics)) {
        return undefined;
    }
    return {
        ...known,
        samplesPerSecond: samplesPerSecond ?? Math.ceil(known.series / interval),
        bytesPerSample: sampleBytes.most,
        queries,
    };
}
