import { fixedExternalLabels, rulerReplicaLabel } from "./external-labels";
import { type AreaSettings, hasRuler } from "./schema";
import { isSharded } from "./shards";
import { parseDuration } from "./units";

/** Who evaluates rules that read far back, such as those of service level objectives. */
export interface SloEvaluation {
    /** How long Prometheus keeps its samples: `15d`. A longer window is the Ruler's. */
    readonly retention: string;
    /**
     * External labels that Prometheus and the Ruler put on what they record, each its own: what the Ruler compares may come
     * from both.  @default there is no Ruler, and no window that is longer
     */
    readonly externalLabels?: readonly string[];
    /** Whether the Ruler has all windows, because no Prometheus sees all events.  @default false */
    readonly sharded?: boolean;
}

export function sloEvaluation(settings: Pick<AreaSettings, "longTerm" | "metrics">): SloEvaluation {
    const { retention, externalLabels } = settings.metrics;
    return hasRuler(settings)
        ? {
              retention,
              externalLabels: [...fixedExternalLabels, rulerReplicaLabel, ...Object.keys(externalLabels)],
              sharded: isSharded(settings.metrics),
          }
        : { retention };
}

/** Who evaluates what reads this far back; undefined: nobody can. */
export function evaluatorOf(
    window: string,
    { retention, externalLabels, sharded }: SloEvaluation,
): "prometheus" | "ruler" | undefined {
    if (sharded === true) {
        return "ruler";
    }
    return parseDuration(window) <= parseDuration(retention)
        ? "prometheus"
        : externalLabels === undefined
          ? undefined
          : "ruler";
}
