import type { RuleContext } from "../context";
import { quantile, shareOfRate } from "../promql";
import type { AlertRule, RuleGroup } from "../types";

/** Labels that name a kubelet. */
const each = "node, instance";

function targets(kubelet: string): AlertRule[] {
    return [
        {
            alert: "KubeletInstanceUnreachable",
            expr: `up{${kubelet}} == 0`,
            for: "15m",
            severity: "warning",
            summary: "The kubelet of node {{ $labels.node }} can't be scraped",
            description: "The kubelet of node {{ $labels.node }} ({{ $labels.instance }}) doesn't answer Prometheus.",
        },
        {
            alert: "KubeletDown",
            expr: `absent(up{${kubelet}} == 1)`,
            for: "15m",
            severity: "critical",
            summary: "No kubelet can be scraped",
            description: "No kubelet answers Prometheus, or none is found: nothing is known of containers and volumes.",
        },
    ];
}

function slowness(kubelet: string, { threshold }: RuleContext): AlertRule[] {
    const pleg = quantile(0.99, "kubelet_pleg_relist_duration_seconds", kubelet, each);
    const worker = quantile(0.99, "kubelet_pod_worker_duration_seconds", kubelet, each);
    return [
        {
            alert: "KubeletPlegDurationHigh",
            expr: `${pleg} >= ${threshold("KubeletPlegDurationHigh")}`,
            for: "5m",
            severity: "warning",
            summary: "The kubelet of node {{ $labels.node }} is slow to list its containers",
            description:
                "To list its containers takes the kubelet of node {{ $labels.node }} {{ $value | humanizeDuration }} (99th " +
                "percentile): it sees late that one has ended.",
        },
        {
            alert: "KubeletPodStartUpLatencyHigh",
            expr: `${worker} > ${threshold("KubeletPodStartUpLatencyHigh")}`,
            for: "15m",
            severity: "warning",
            summary: "The kubelet of node {{ $labels.node }} is slow to start pods",
            description:
                "To bring a pod into its wanted state takes the kubelet of node {{ $labels.node }} " +
                "{{ $value | humanizeDuration }} (99th percentile).",
        },
    ];
}

function certificates(kubelet: string, { threshold }: RuleContext): AlertRule[] {
    const expiration = (
        kind: "Client" | "Server",
        alert: `Kubelet${typeof kind}CertificateExpiration${"" | "Critical"}`,
        severity: AlertRule["severity"],
    ): AlertRule => ({
        alert,
        expr: `kubelet_certificate_manager_${kind.toLowerCase()}_ttl_seconds{${kubelet}} < ${threshold(alert)}`,
        for: "5m",
        severity,
        summary: `The ${kind.toLowerCase()} certificate of the kubelet of node {{ $labels.node }} expires soon`,
        description:
            `The ${kind.toLowerCase()} certificate of the kubelet of node {{ $labels.node }} is valid for ` +
            "{{ $value | humanizeDuration }} more.",
    });
    const renewal = (
        kind: "Client" | "Server",
        alert: `Kubelet${typeof kind}CertificateRenewalErrors`,
        metric: string,
    ): AlertRule => ({
        alert,
        expr: `increase(${metric}{${kubelet}}[5m]) > 0`,
        for: "15m",
        severity: "warning",
        summary: `The kubelet of node {{ $labels.node }} can't renew its ${kind.toLowerCase()} certificate`,
        description:
            `The kubelet of node {{ $labels.node }} failed {{ $value | humanize }} times in 5 minutes to renew its ` +
            `${kind.toLowerCase()} certificate.`,
    });
    return [
        expiration("Client", "KubeletClientCertificateExpiration", "warning"),
        expiration("Client", "KubeletClientCertificateExpirationCritical", "critical"),
        expiration("Server", "KubeletServerCertificateExpiration", "warning"),
        expiration("Server", "KubeletServerCertificateExpirationCritical", "critical"),
        renewal(
            "Client",
            "KubeletClientCertificateRenewalErrors",
            "kubelet_certificate_manager_client_expiration_renew_errors",
        ),
        renewal("Server", "KubeletServerCertificateRenewalErrors", "kubelet_server_expiration_renew_errors"),
    ];
}

function health({ job, threshold }: RuleContext, kubelet: string): AlertRule[] {
    const failed = job("kubelet", 'metrics_path="/metrics",code=~"5.."');
    return [
        {
            alert: "KubeVersionMismatch",
            expr: `count(count by (major, minor) (kubernetes_build_info{${kubelet}})) > 1`,
            for: "15m",
            severity: "warning",
            summary: "The kubelets are of {{ $value }} minor versions",
            description: "The kubelets are of {{ $value }} minor versions of Kubernetes: an upgrade isn't finished.",
        },
        {
            alert: "KubeClientErrors",
            expr: `${shareOfRate("rest_client_requests_total", failed, kubelet, each)} > ${threshold("KubeClientErrors")}`,
            for: "15m",
            severity: "warning",
            summary: "{{ $value | humanizePercentage }} of a kubelet's requests to the API server fail",
            description:
                "{{ $value | humanizePercentage }} of the requests of the kubelet of node {{ $labels.node }} to the API " +
                "server end in a server error.",
        },
        {
            alert: "KubeNodeEviction",
            expr: `sum by (node, instance, eviction_signal) (rate(kubelet_evictions{${kubelet}}[15m])) > 0`,
            for: "0s",
            severity: "info",
            summary: "Node {{ $labels.node }} evicts pods: {{ $labels.eviction_signal }}",
            description: "Node {{ $labels.node }} evicted pods because it ran short: {{ $labels.eviction_signal }}.",
        },
    ];
}

/** What the kubelets say of themselves. */
export function kubelets(context: RuleContext): RuleGroup[] {
    const kubelet = context.job("kubelet", 'metrics_path="/metrics"');
    const rules = [
        ...targets(kubelet),
        ...health(context, kubelet),
        ...slowness(kubelet, context),
        ...certificates(kubelet, context),
    ];
    return [{ name: "kubernetes-kubelets", rules: context.scrapes("kubelet") ? rules : [] }];
}
