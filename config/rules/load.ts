import { wrong, type Problem } from "../problems";
import { retentionBytes } from "../retention";
import type { MetricsSettings } from "../schema";
import { assumedLoad, gibibytes, hasTimes, leastBlocks, leastMemory, leastWorkspace, type Assumed } from "../sizing";
import { isSharded, shardsOf } from "../shards";
import { parseBytes } from "../units";
import { rule, when, type Rule } from "./rule";

/** What one Loki process takes a day, by Grafana's own advice. */
const LOGS_OF_ONE_PROCESS = "20Gi";

/** The load in words, for the end of a message. */
const words = ({ samplesPerSecond }: Assumed) => `${samplesPerSecond} samples a second (perch:load)`;

const inShards = (metrics: MetricsSettings) => (isSharded(metrics) ? ` in ${shardsOf(metrics)} shards` : "");

function room(assumed: Assumed, metrics: MetricsSettings): Problem[] {
    const blocks = leastBlocks(assumed, metrics);
    const cap = retentionBytes(metrics);
    const { size } = metrics.volume;
    // The cap that follows from a volume is a share of it.
    const [path, given, least] =
        metrics.retentionSize === undefined
            ? ["metrics.volume.size", size, (blocks * parseBytes(size)) / cap]
            : ["metrics.retentionSize", metrics.retentionSize, blocks];
    return when(cap < blocks, () =>
        wrong(
            path,
            given,
            `at least ${gibibytes(least)} for ${metrics.retention} of ${words(assumed)}${inShards(metrics)}, or a shorter metrics.retention`,
        ),
    );
}

function memoryLimit(assumed: Assumed, metrics: MetricsSettings): Problem[] {
    const limit = metrics.resources.limits.memory;
    const memory = leastMemory(assumed, shardsOf(metrics));
    return when(limit !== undefined && parseBytes(limit) < memory, () =>
        wrong(
            "metrics.resources.limits.memory",
            limit,
            `at least ${gibibytes(memory)} for ${assumed.series} series (perch:load)${inShards(metrics)}`,
        ),
    );
}

export const loadRules: readonly Rule[] = [
    rule(["load", "cluster", "metrics"], ({ load, cluster, metrics }) =>
        when(load !== undefined && hasTimes(metrics) && assumedLoad(load, { cluster, metrics }) === undefined, () => ({
            path: "load",
            message:
                "got no figure to size metrics by; expected series, samplesPerSecond, nodes or pods, " +
                "or the number of nodes in perch:cluster.nodes",
        })),
    ),
    rule(["load", "cluster", "metrics"], ({ load, cluster, metrics }) => {
        const assumed = load && assumedLoad(load, { cluster, metrics });
        return assumed === undefined ? [] : [...room(assumed, metrics), ...memoryLimit(assumed, metrics)];
    }),
    rule(["load", "cluster", "metrics", "longTerm"], ({ load, cluster, metrics, longTerm }) => {
        const assumed = load && assumedLoad(load, { cluster, metrics });
        if (assumed === undefined || longTerm.kind === "none" || longTerm.compactor === "none") {
            return [];
        }
        const workspace = leastWorkspace(assumed, shardsOf(metrics));
        const { size } = longTerm.compactor.volume;
        return when(parseBytes(size) < workspace, () =>
            wrong(
                "longTerm.compactor.volume.size",
                size,
                `at least ${gibibytes(workspace)}, twice the blocks of two weeks of ${words(assumed)}${inShards(metrics)}`,
            ),
        );
    }),
    rule(["load", "logs"], ({ load, logs }) => {
        const perDay = load?.logsPerDay;
        return when(
            perDay !== undefined && logs.kind === "single" && parseBytes(perDay) > parseBytes(LOGS_OF_ONE_PROCESS),
            () =>
                wrong(
                    "load.logsPerDay",
                    perDay,
                    `at most ${LOGS_OF_ONE_PROCESS} with logs.kind single; simpleScalable takes more`,
                ),
        );
    }),
];
