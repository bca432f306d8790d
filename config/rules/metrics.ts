import { blockTimes, usualBlockLength } from "../blocks";
import { fixedExternalLabels, rulerReplicaLabel, targetLabels } from "../external-labels";
import { shownAt } from "../platforms";
import { pathText, wrong, type Problem } from "../problems";
import { anywhere, type ClusterSettings, type LongTermSettings, type MetricsSettings } from "../schema";
import { atLeastVersion, formatDuration, parseBytes, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

/** Prometheus looks once a minute whether a block is due, and its sidecar twice a minute what there is to upload. */
const SHORTEST_BLOCK = 60_000;

/** Blocks that an outage of the object storage may last before samples are lost. */
const BLOCKS_KEPT_FOR_UPLOAD = 3;

/** Whether blocks end where the Compactor's ranges of two hours do. */
const isBlockLength = (length: number) => length >= SHORTEST_BLOCK && usualBlockLength % length === 0;

function retentionOfPrometheus(metrics: MetricsSettings, longTerm: LongTermSettings): Problem[] {
    const { length } = blockTimes(metrics);
    const upload = longTerm.kind === "thanos";
    const least = length * (upload ? BLOCKS_KEPT_FOR_UPLOAD : 1);
    return when(isBlockLength(length) && parseDuration(metrics.retention) < least, () =>
        wrong(
            "metrics.retention",
            metrics.retention,
            `${formatDuration(least)} or more, ` +
                (upload ? "so that blocks outlive an outage of the object storage" : "one block"),
        ),
    );
}

function lengthOfBlocks(metrics: MetricsSettings): Problem[] {
    const { blockLength, scrapeInterval } = metrics;
    const { length } = blockTimes(metrics);
    if (!isBlockLength(length)) {
        const expected = "2h, or for a trial a whole part of it from 1m up, such as 2m or 30m";
        return [wrong("metrics.blockLength", blockLength, expected)];
    }
    return when(length < 2 * parseDuration(scrapeInterval), () =>
        wrong("metrics.blockLength", blockLength, `at least twice metrics.scrapeInterval, which is ${scrapeInterval}`),
    );
}

/** Why a label can't be one of everything that leaves Prometheus; undefined: it can. */
function refusedLabel(name: string, value: string): string | undefined {
    if (fixedExternalLabels.includes(name)) {
        return `another label: every Prometheus of the stack has ${name} already`;
    }
    if (name === rulerReplicaLabel) {
        return `another label: ${name} tells the Rulers apart, which have these labels too`;
    }
    if (targetLabels.includes(name)) {
        return `another label: series have their own ${name}, which Thanos would replace`;
    }
    if (!/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
        return "the name of a label: letters, digits and underscores, none of two at its start";
    }
    return value === "" || value.includes("$")
        ? "text without $, after which Prometheus reads the name of a variable"
        : undefined;
}

function externalLabels({ externalLabels: given }: MetricsSettings): Problem[] {
    return Object.entries(given).flatMap(([name, value]) => {
        const expected = refusedLabel(name, value);
        return expected === undefined ? [] : [wrong(pathText(["metrics", "externalLabels", name]), value, expected)];
    });
}

function remoteWrites(metrics: MetricsSettings): Problem[] {
    return Object.entries(metrics.remoteWrite).flatMap(([name, each]) => {
        const path = `metrics.remoteWrite.${name}`;
        const { capacity, samplesPerSend, minShards, maxShards, minBackoff, maxBackoff } = each.queue;
        return [
            ...(["caCertificate", "clientCertificate"] as const).flatMap((field) =>
                when(each[field] !== undefined && each.url.startsWith("http:"), () => ({
                    path: `${path}.${field}`,
                    message: `is given, but ${path}.url is ${each.url}, without TLS; remove one of them`,
                })),
            ),
            ...when(each.exemplars && metrics.exemplarStorage === 0, () =>
                wrong(`${path}.exemplars`, true, "false: metrics.exemplarStorage is 0, so there are none to send"),
            ),
            ...when(each.nativeHistograms && metrics.nativeHistograms === "none", () =>
                wrong(
                    `${path}.nativeHistograms`,
                    true,
                    "false: metrics.nativeHistograms is none, so there are none to send",
                ),
            ),
            ...when(samplesPerSend > capacity, () =>
                wrong(`${path}.queue.samplesPerSend`, samplesPerSend, `at most ${capacity}, the capacity of the queue`),
            ),
            ...when(minShards > maxShards, () =>
                wrong(`${path}.queue.minShards`, minShards, `at most ${maxShards}, as maxShards`),
            ),
            ...when(parseDuration(minBackoff) > parseDuration(maxBackoff), () =>
                wrong(`${path}.queue.minBackoff`, minBackoff, `at most ${maxBackoff}, as maxBackoff`),
            ),
        ];
    });
}

/** A platform may run etcd elsewhere than in pods, or show it to nobody. */
function etcd(cluster: ClusterSettings, { controlPlane }: MetricsSettings): Problem[] {
    const { kind } = controlPlane.etcd;
    return when(kind === "pods" && shownAt(cluster, "etcd") !== "pods", () =>
        wrong(
            "metrics.controlPlane.etcd.kind",
            kind,
            `none or addresses: on ${cluster.platform}, as cluster.platform says, etcd doesn't run in pods`,
        ),
    );
}

/** Without labels a PodMonitor takes every pod of kube-system, and Prometheus would show each of them its token. */
function podLabels({ controlPlane }: MetricsSettings): Problem[] {
    return Object.entries(controlPlane.podLabels).flatMap(([component, labels]) =>
        when(Object.keys(labels).length === 0, () =>
            wrong(
                `metrics.controlPlane.podLabels.${component}`,
                labels,
                "labels that no other pods of kube-system have",
            ),
        ),
    );
}

export const metricsRules: readonly Rule[] = [
    rule(["cluster", "metrics"], ({ cluster, metrics }) => etcd(cluster, metrics)),
    rule(["metrics"], ({ metrics }) => podLabels(metrics)),
    rule(["metrics"], ({ metrics }) => lengthOfBlocks(metrics)),
    rule(["metrics", "longTerm"], ({ metrics, longTerm }) => retentionOfPrometheus(metrics, longTerm)),
    rule(["metrics"], ({ metrics: { retentionSize, volume } }) =>
        when(retentionSize !== undefined && parseBytes(retentionSize) >= parseBytes(volume.size), () =>
            wrong(
                "metrics.retentionSize",
                retentionSize,
                `less than metrics.volume.size, which is ${volume.size}: compaction needs room beside what the cap counts`,
            ),
        ),
    ),
    rule(["metrics"], ({ metrics }) =>
        (["scrapeInterval", "evaluationInterval"] as const).flatMap((field) => {
            const interval = metrics[field];
            return when(interval !== undefined && parseDuration(interval) < 1000, () =>
                wrong(`metrics.${field}`, interval, "1s or more"),
            );
        }),
    ),
    rule(["metrics"], ({ metrics }) => externalLabels(metrics)),
    rule(["metrics", "networkPolicies"], ({ metrics: { exposure }, networkPolicies }) =>
        exposure.kind === "none" || !networkPolicies.enabled
            ? []
            : // Those of the nodes too: a client of a node's port may come with a node's address.
              (["clients", "nodes"] as const).flatMap((peer) =>
                  when(
                      anywhere.some((range) => networkPolicies[peer].cidrs.includes(range)),
                      () => ({
                          path: `networkPolicies.${peer}.cidrs`,
                          message:
                              "lets in everybody; expected narrower ranges with metrics.exposure, for Prometheus has no " +
                              "login, or networkPolicies.enabled false",
                      }),
                  ),
              ),
    ),
    rule(["metrics", "grafana"], ({ metrics: { exposure }, grafana }) =>
        when(
            exposure.kind === "nodePort" &&
                grafana.exposure.kind === "nodePort" &&
                exposure.port === grafana.exposure.port,
            () =>
                wrong(
                    "metrics.exposure.port",
                    exposure.kind === "nodePort" && exposure.port,
                    "another port than Grafana's",
                ),
        ),
    ),
    rule(["metrics"], ({ metrics }) => remoteWrites(metrics)),
    rule(["metrics"], ({ metrics: { outOfOrderTimeWindow, retention } }) =>
        when(parseDuration(outOfOrderTimeWindow) >= parseDuration(retention), () =>
            wrong("metrics.outOfOrderTimeWindow", outOfOrderTimeWindow, `less than metrics.retention, ${retention}`),
        ),
    ),
    rule(["metrics"], ({ metrics: { remoteWriteReceiver } }) =>
        when(!remoteWriteReceiver.enabled && Object.keys(remoteWriteReceiver.writers).length > 0, () =>
            wrong(
                "metrics.remoteWriteReceiver.enabled",
                false,
                "true: there are writers, and nothing takes their samples",
            ),
        ),
    ),
    rule(["images", "metrics"], ({ images: { prometheus }, metrics: { nativeHistograms } }) =>
        when(nativeHistograms !== "none" && !atLeastVersion(prometheus.version, "3.8.0"), () =>
            wrong(
                "images.prometheus",
                prometheus.image,
                `3.8.0 or newer with metrics.nativeHistograms ${nativeHistograms}`,
            ),
        ),
    ),
    // Local compaction waits for the upload only from these versions on; before, Thanos would miss compacted blocks.
    rule(["images", "longTerm"], ({ images, longTerm }) =>
        longTerm.kind === "none"
            ? []
            : [
                  ...when(!atLeastVersion(images.prometheus.version, "3.9.0"), () =>
                      wrong("images.prometheus", images.prometheus.image, "3.9.0 or newer with longTerm.kind thanos"),
                  ),
                  ...when(!atLeastVersion(images.thanos.version, "0.41.0"), () =>
                      wrong("images.thanos", images.thanos.image, "0.41.0 or newer"),
                  ),
              ],
    ),
];
