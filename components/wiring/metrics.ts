import { allTargets } from "../../config/applications";
import { needsCertificates } from "../../config/certificates";
import { hasRuler } from "../../config/schema";
import type { Alertmanager } from "../alerting";
import { CertificateAuthority } from "../certificates";
import {
    AdmissionWebhook,
    BlackboxExporter,
    ControlPlane,
    hasControlPlane,
    KubeStateMetrics,
    NodeExporter,
    Prometheus,
    PrometheusOperator,
    Targets,
    Telegraf,
    VictoriaMetrics,
} from "../metrics";
import type { Ground, Order } from "./ground";

export function makeOperator({ name, parent, settings, shared }: Ground): PrometheusOperator {
    const args = { ...shared, settings: settings.metrics, ruler: hasRuler(settings) };
    return new PrometheusOperator(`${name}-operator`, args, { parent });
}

export function makeAuthority({ name, parent, settings, shared }: Ground): CertificateAuthority | undefined {
    if (!needsCertificates(settings)) {
        return undefined;
    }
    const args = { platform: shared.platform, settings: settings.certificates };
    return new CertificateAuthority(`${name}-authority`, args, { parent });
}

export function addAdmissionWebhook(
    { name, parent, settings: { metrics }, shared }: Ground,
    authority: CertificateAuthority | undefined,
): void {
    const { admissionWebhook: settings } = metrics.operator;
    if (settings.enabled && authority !== undefined) {
        new AdmissionWebhook(`${name}-admission-webhook`, { ...shared, settings, authority }, { parent });
    }
}

export function makeVictoriaMetrics(
    { name, parent, settings: { metrics }, shared, secrets }: Ground,
    transformations: Order,
): VictoriaMetrics | undefined {
    const { victoriaMetrics: settings, ...prometheus } = metrics;
    const { victoriaMetrics: adminKey } = secrets;
    if (adminKey === undefined) {
        return undefined;
    }
    return new VictoriaMetrics(
        `${name}-victoria-metrics`,
        { ...shared, settings, prometheus, adminKey },
        { parent, transformations },
    );
}

export function makePrometheus(
    { name, parent, settings: all, shared, storage, secrets }: Ground,
    parts: {
        operator: PrometheusOperator;
        alertmanager: Alertmanager | undefined;
        victoriaMetrics: VictoriaMetrics | undefined;
    },
    transformations: Order,
): Prometheus {
    const { metrics: settings, longTerm, grafana } = all;
    // Grafana's host is that of the nodes where it is exposed by a port of theirs.
    const nodes = grafana.exposure.kind === "nodePort" && grafana.host !== undefined ? { nodeHost: grafana.host } : {};
    const sidecar =
        longTerm.kind === "none"
            ? undefined
            : { bucket: storage.access("thanos-sidecar"), resources: longTerm.sidecar.resources };
    return new Prometheus(
        `${name}-prometheus`,
        {
            ...shared,
            settings,
            operator: parts.operator,
            alertmanager: parts.alertmanager?.web,
            victoriaMetrics: parts.victoriaMetrics?.endpoint,
            sidecar,
            ...nodes,
            ruler: hasRuler(all),
            remoteWriteSecrets: secrets.remoteWrite,
        },
        { parent, transformations },
    );
}

/** Kube-state-metrics, and what looks at the nodes. */
export function addExporters({ name, parent, settings: { metrics }, shared }: Ground): void {
    const { kubeStateMetrics, nodeExporter, telegraf, scrapeInterval } = metrics;
    if (kubeStateMetrics.enabled) {
        const args = { ...shared, settings: kubeStateMetrics };
        new KubeStateMetrics(`${name}-kube-state-metrics`, args, { parent });
    }
    if (nodeExporter.enabled) {
        new NodeExporter(`${name}-node-exporter`, { ...shared, settings: nodeExporter }, { parent });
    }
    if (telegraf.enabled) {
        new Telegraf(`${name}-telegraf`, { ...shared, settings: telegraf, scrapeInterval }, { parent });
    }
}

export function addControlPlane(
    { name, parent, settings: { metrics: settings, networkPolicies }, shared }: Ground,
    { pods: prometheus }: Prometheus,
): void {
    if (hasControlPlane(shared.platform, settings)) {
        const args = { ...shared, settings, dns: networkPolicies.dns, prometheus };
        new ControlPlane(`${name}-control-plane`, args, { parent });
    }
}

/** What the settings name beside the stack's own pods, and the exporter that probes from outside. */
export function addTargets({ name, parent, settings, shared }: Ground, { pods: prometheus }: Prometheus): void {
    const { blackbox, targets: probed } = settings.metrics;
    const prober = blackbox.enabled
        ? new BlackboxExporter(`${name}-blackbox`, { ...shared, settings: blackbox, targets: probed }, { parent })
        : undefined;
    const targets = allTargets(settings);
    if (Object.keys(targets).length > 0) {
        const args = { platform: shared.platform, targets, prometheus, blackbox: prober?.endpoint };
        new Targets(`${name}-targets`, args, { parent });
    }
}
