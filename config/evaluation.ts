import type { AreaSettings, MetricsSettings } from "./schema";
import { formatDuration, parseDuration } from "./units";

/** How often rules are evaluated: as often as targets are scraped, unless it is said. */
export function evaluationInterval(settings: Pick<MetricsSettings, "evaluationInterval" | "scrapeInterval">): string {
    return settings.evaluationInterval ?? settings.scrapeInterval;
}

/** How far back rules of Prometheus look, if at all: what others write is on the way for longer than what it scrapes. */
export function ruleQueryOffset(
    metrics: Pick<MetricsSettings, "ruleQueryOffset" | "remoteWriteReceiver">,
): string | undefined {
    return metrics.ruleQueryOffset ?? (metrics.remoteWriteReceiver.enabled ? "30s" : undefined);
}

/**
 * How long after its time a sample may still come, as Thanos's flags take it: by late samples that Prometheus takes, or by
 * rules that look back and are evaluated once in an interval, which they may take whole. At least Thanos's own minute.
 */
export function samplesSettleAfter({ metrics, longTerm }: Pick<AreaSettings, "metrics" | "longTerm">): string {
    const ruler = longTerm.kind === "thanos" && longTerm.ruler !== "none" ? [longTerm.ruler.queryOffset] : [];
    const evaluated = [ruleQueryOffset(metrics) ?? "0s", ...ruler].map(
        (offset) => parseDuration(offset) + 2 * parseDuration(evaluationInterval(metrics)),
    );
    return formatDuration(Math.max(60_000, parseDuration(metrics.outOfOrderTimeWindow), ...evaluated));
}
