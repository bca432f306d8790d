import type { RuleContext } from "../context";
import { quantile, shareOfRate } from "../promql";
import type { AlertRule, RuleGroup } from "../types";

function presence(dns: string): AlertRule[] {
    return [
        {
            alert: "CoreDNSDown",
            expr: `absent(up{${dns}} == 1)`,
            for: "15m",
            severity: "critical",
            summary: "No CoreDNS can be scraped",
            description:
                "No CoreDNS answers Prometheus, or none is found. Without one, pods find no Service by its name.",
        },
        {
            alert: "CoreDNSInstanceUnreachable",
            expr: `up{${dns}} == 0`,
            for: "15m",
            severity: "warning",
            summary: "CoreDNS {{ $labels.pod }} can't be scraped",
            description: "CoreDNS {{ $labels.pod }} in {{ $labels.namespace }} doesn't answer Prometheus.",
        },
    ];
}

function answers({ job, threshold }: RuleContext, dns: string): AlertRule[] {
    const failed = job("coreDns", 'rcode="SERVFAIL"');
    const answered = shareOfRate("coredns_dns_responses_total", failed, dns, "namespace");
    const latency = quantile(0.99, "coredns_dns_request_duration_seconds", dns, "namespace, server, zone");
    return [
        {
            alert: "CoreDNSErrorsHigh",
            expr: `${answered} > ${threshold("CoreDNSErrorsHigh")}`,
            for: "10m",
            severity: "warning",
            summary: "CoreDNS fails at {{ $value | humanizePercentage }} of its queries",
            description:
                "CoreDNS in {{ $labels.namespace }} answers {{ $value | humanizePercentage }} of its queries with SERVFAIL.",
        },
        {
            alert: "CoreDNSLatencyHigh",
            expr: `${latency} > ${threshold("CoreDNSLatencyHigh")}`,
            for: "10m",
            severity: "warning",
            summary: "CoreDNS is slow to answer",
            description:
                "One in a hundred queries for zone {{ $labels.zone }} takes CoreDNS in {{ $labels.namespace }} " +
                "{{ $value | humanizeDuration }} or more.",
        },
    ];
}

function forwarding({ job, threshold }: RuleContext, dns: string): AlertRule[] {
    const counter = "coredns_proxy_request_duration_seconds_count";
    const failed = job("coreDns", 'rcode="SERVFAIL"');
    return [
        {
            alert: "CoreDNSForwardErrorsHigh",
            expr: `${shareOfRate(counter, failed, dns, "namespace, to")} > ${threshold("CoreDNSForwardErrorsHigh")}`,
            for: "10m",
            severity: "warning",
            summary: "The DNS server {{ $labels.to }} fails at {{ $value | humanizePercentage }} of CoreDNS's queries",
            description:
                "The DNS server {{ $labels.to }} answers {{ $value | humanizePercentage }} of the queries that CoreDNS in " +
                "{{ $labels.namespace }} forwards with SERVFAIL: names outside of the cluster aren't found.",
        },
        {
            alert: "CoreDNSForwardHealthcheckBroken",
            expr: `sum by (namespace, pod) (rate(coredns_forward_healthcheck_broken_total{${dns}}[5m])) > 0`,
            for: "5m",
            severity: "warning",
            summary: "No DNS server of CoreDNS {{ $labels.pod }} is healthy",
            description:
                "No DNS server to which CoreDNS {{ $labels.pod }} in {{ $labels.namespace }} forwards queries is healthy: it " +
                "asks any of them and hopes.",
        },
    ];
}

function panics(dns: string): AlertRule {
    return {
        alert: "CoreDNSPanics",
        expr: `sum by (namespace, pod) (increase(coredns_panics_total{${dns}}[10m])) > 0`,
        for: "0s",
        severity: "warning",
        summary: "CoreDNS {{ $labels.pod }} panics",
        description:
            "CoreDNS {{ $labels.pod }} in {{ $labels.namespace }} panicked {{ $value | humanize }} times in 10 minutes.",
    };
}

/** The cluster's DNS. */
export function coreDns(context: RuleContext): RuleGroup[] {
    const dns = context.job("coreDns");
    const rules = () => [...presence(dns), ...answers(context, dns), ...forwarding(context, dns), panics(dns)];
    return [{ name: "coredns", rules: context.scrapes("coreDns") ? rules() : [] }];
}
