import type { RuleContext } from "./context";
import type { AlertRule, RuleGroup } from "./types";

const which = "{{ $labels.pod }} in {{ $labels.namespace }}";

function connections(
    { own, threshold }: RuleContext,
    alert: "MemcachedConnectionLimitApproaching" | "MemcachedConnectionLimitApproachingCritical",
    severity: AlertRule["severity"],
): AlertRule {
    const selector = own("memcached");
    return {
        alert,
        expr:
            `memcached_current_connections{${selector}} / memcached_max_connections{${selector}} ` +
            `> ${threshold(alert)}`,
        for: "15m",
        severity,
        summary: "{{ $labels.pod }} has {{ $value | humanizePercentage }} of the connections that it takes",
        description: `Memcached ${which} has {{ $value | humanizePercentage }} of the connections that it takes: others wait.`,
    };
}

/** Memcached, whatever it is for: hit rates tell what a cache is good for, and wake nobody. */
export function memcached(context: RuleContext): RuleGroup[] {
    const { own, scrapes } = context;
    if (!scrapes("memcached")) {
        return [];
    }
    const selector = own("memcached");
    const rules: AlertRule[] = [
        {
            alert: "MemcachedDown",
            expr: `memcached_up{${selector}} == 0`,
            for: "15m",
            severity: "critical",
            summary: "Memcached {{ $labels.pod }} is down",
            description: `Memcached ${which} doesn't answer: what it held is read again, each time it is needed.`,
        },
        connections(context, "MemcachedConnectionLimitApproaching", "warning"),
        connections(context, "MemcachedConnectionLimitApproachingCritical", "critical"),
        {
            alert: "MemcachedOutOfMemoryErrors",
            expr: `sum by (namespace, pod) (rate(memcached_slab_items_outofmemory_total{${selector}}[5m])) > 0`,
            for: "15m",
            severity: "warning",
            summary: "Memcached {{ $labels.pod }} has no room for new items",
            description: `Memcached ${which} refuses items, for it can't make room of the right size.`,
        },
    ];
    return [{ name: "memcached", rules }];
}
