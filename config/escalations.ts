import type { AlertName } from "./alerts";

/** What an alert says more urgently than others do. */
export interface Escalation {
    /** Its own severity: with a lesser one that a stack file gives it, it silences nothing. */
    readonly at: "critical" | "warning";
    /** Alerts of which nobody is told beside it, for the same object. */
    readonly of: readonly AlertName[];
    /** Labels that tell one object from another, beside the cluster; each of the alerts has all of them. */
    readonly by: readonly string[];
}

const claim = ["namespace", "persistentvolumeclaim"];
const fileSystem = ["instance", "device", "mountpoint"];
const kubelet = ["node", "instance"];

/** An alert's second step: it has the first one's name and `Critical`. */
type SecondStep = Extract<AlertName, `${string}Critical`>;

/**
 * Which alerts escalate others: of one object only the most urgent is sent. Each second step is here, what fires because
 * something is full beside what fires because it fills up, and what fails altogether beside a part of it.
 */
export const escalations: Readonly<Record<SecondStep, Escalation> & Partial<Record<AlertName, Escalation>>> = {
    KubePersistentVolumeFillingUpCritical: { at: "critical", of: ["KubePersistentVolumeFillingUp"], by: claim },
    KubePersistentVolumeInodesFillingUpCritical: {
        at: "critical",
        of: ["KubePersistentVolumeInodesFillingUp"],
        by: claim,
    },
    // Tells of the stack's own volumes, in place of KubePersistentVolumeFillingUpCritical.
    VolumeFillingUp: { at: "critical", of: ["KubePersistentVolumeFillingUp"], by: claim },
    VictoriaMetricsReadOnly: { at: "critical", of: ["VictoriaMetricsDiskFillingUp"], by: ["namespace", "pod"] },

    NodeFilesystemAlmostOutOfSpaceCritical: {
        at: "critical",
        of: ["NodeFilesystemSpaceFillingUpCritical", "NodeFilesystemAlmostOutOfSpace", "NodeFilesystemSpaceFillingUp"],
        by: fileSystem,
    },
    NodeFilesystemSpaceFillingUpCritical: {
        at: "critical",
        of: ["NodeFilesystemAlmostOutOfSpace", "NodeFilesystemSpaceFillingUp"],
        by: fileSystem,
    },
    NodeFilesystemAlmostOutOfSpace: { at: "warning", of: ["NodeFilesystemSpaceFillingUp"], by: fileSystem },
    NodeFilesystemAlmostOutOfFilesCritical: {
        at: "critical",
        of: ["NodeFilesystemFilesFillingUpCritical", "NodeFilesystemAlmostOutOfFiles", "NodeFilesystemFilesFillingUp"],
        by: fileSystem,
    },
    NodeFilesystemFilesFillingUpCritical: {
        at: "critical",
        of: ["NodeFilesystemAlmostOutOfFiles", "NodeFilesystemFilesFillingUp"],
        by: fileSystem,
    },
    NodeFilesystemAlmostOutOfFiles: { at: "warning", of: ["NodeFilesystemFilesFillingUp"], by: fileSystem },
    NodeFileDescriptorLimitCritical: { at: "critical", of: ["NodeFileDescriptorLimit"], by: ["instance"] },

    KubeletClientCertificateExpirationCritical: {
        at: "critical",
        of: ["KubeletClientCertificateExpiration"],
        by: kubelet,
    },
    KubeletServerCertificateExpirationCritical: {
        at: "critical",
        of: ["KubeletServerCertificateExpiration"],
        by: kubelet,
    },
    KubeClientCertificateExpirationCritical: {
        at: "critical",
        of: ["KubeClientCertificateExpiration"],
        by: ["instance"],
    },
    KubeAPIErrorBudgetBurnCritical: { at: "critical", of: ["KubeAPIErrorBudgetBurn"], by: ["verb"] },

    ProbeCertificateExpirationCritical: {
        at: "critical",
        of: ["ProbeCertificateExpiration"],
        by: ["job", "instance"],
    },
    MemcachedConnectionLimitApproachingCritical: {
        at: "critical",
        of: ["MemcachedConnectionLimitApproaching"],
        by: ["namespace", "pod"],
    },
    PrometheusErrorSendingAlertsToAnyAlertmanager: {
        at: "critical",
        of: ["PrometheusErrorSendingAlertsToSomeAlertmanagers"],
        by: ["namespace", "pod"],
    },
    AlertmanagerClusterFailedToSendAlerts: {
        at: "critical",
        of: ["AlertmanagerFailedToSendAlerts"],
        by: ["namespace", "integration"],
    },

    HighErrorRateCritical: { at: "critical", of: ["HighErrorRate"], by: ["namespace", "job"] },
};

/** Each alert that escalates others, with how. */
export const escalationEntries = Object.entries(escalations) as [AlertName, Escalation][];
