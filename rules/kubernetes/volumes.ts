import { excludedFromAlerts } from "../../config/excluded-volumes";
import type { RuleContext } from "../context";
import type { AlertRule, RuleGroup } from "../types";

/** What of a volume can run out. */
interface Supply {
    readonly metric: string;
    readonly total: string;
    readonly word: string;
}

const space: Supply = {
    metric: "kubelet_volume_stats_available_bytes",
    total: "kubelet_volume_stats_capacity_bytes",
    word: "space",
};

const inodes: Supply = {
    metric: "kubelet_volume_stats_inodes_free",
    total: "kubelet_volume_stats_inodes",
    word: "inodes",
};

const claim = "namespace, persistentvolumeclaim";

/** What is left; without the node, for while a pod moves its volume is seen on both. */
function left({ metric, total }: Supply, selector: string): string {
    // Some file systems count no inodes and say zero of zero.
    return `min by (${claim}) (${metric}{${selector}} / (${total}{${selector}} > 0))`;
}

function texts({ word }: Supply): Pick<AlertRule, "summary" | "description"> {
    return {
        summary: `Volume {{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} of its ${word} left`,
        description:
            `The volume {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} has {{ $value | humanizePercentage }} ` +
            `of its ${word} left. When it is full, what writes to it stops.`,
    };
}

function fillingUp(
    alert: "KubePersistentVolumeFillingUp" | "KubePersistentVolumeInodesFillingUp",
    supply: Supply,
    selector: string,
    context: RuleContext,
): AlertRule {
    return {
        alert,
        expr:
            `${left(supply, selector)} < ${context.threshold(alert)} ` +
            `and min by (${claim}) (predict_linear(${supply.metric}{${selector}}[6h], 4 * 24 * 3600)) < 0` +
            exceptFullOnPurpose(context),
        for: "1h",
        severity: "warning",
        ...texts(supply),
        description: `${texts(supply).description} At the pace of the last six hours that is within four days.`,
    };
}

function almostFull(
    alert: "KubePersistentVolumeFillingUpCritical" | "KubePersistentVolumeInodesFillingUpCritical",
    supply: Supply,
    selector: string,
    context: RuleContext,
): AlertRule {
    return {
        alert,
        expr: `${left(supply, selector)} < ${context.threshold(alert)}${exceptFullOnPurpose(context)}`,
        for: "1m",
        severity: "critical",
        ...texts(supply),
    };
}

/** A volume that nobody may write to is as full as it was made; others may be as full as they like, by their label. */
function exceptFullOnPurpose({ job, scrapes }: RuleContext): string {
    const told = (metric: string, selector: string) =>
        ` unless on (${claim}) kube_persistentvolumeclaim_${metric}{${job("kubeStateMetrics", selector)}} == 1`;
    const label = `label_${excludedFromAlerts.replaceAll("-", "_")}`;
    return scrapes("kubeStateMetrics")
        ? told("access_mode", 'access_mode="ReadOnlyMany"') + told("labels", `${label}="true"`)
        : "";
}

function errors(ksm: string): AlertRule {
    return {
        alert: "KubePersistentVolumeErrors",
        expr: `kube_persistentvolume_status_phase{${ksm},phase=~"Failed|Pending"} > 0`,
        for: "5m",
        severity: "critical",
        summary: "Volume {{ $labels.persistentvolume }} is {{ $labels.phase }}",
        description:
            "The PersistentVolume {{ $labels.persistentvolume }} is {{ $labels.phase }}: it can't be given to anybody, or " +
            "couldn't be cleaned up.",
    };
}

/** The volumes of the cluster. */
export function volumes(context: RuleContext): RuleGroup[] {
    const { job, scrapes, settings } = context;
    // Of the stack's own volumes VolumeFillingUp tells sooner.
    const others = settings.selfMonitoring ? `namespace!="${settings.platform.namespace}"` : "";
    const all = job("kubelet", 'metrics_path="/metrics"');
    const selector = job("kubelet", ['metrics_path="/metrics"', others].filter((one) => one !== "").join(","));
    const rules = [
        ...(scrapes("kubelet")
            ? [
                  fillingUp("KubePersistentVolumeFillingUp", space, all, context),
                  almostFull("KubePersistentVolumeFillingUpCritical", space, selector, context),
                  fillingUp("KubePersistentVolumeInodesFillingUp", inodes, all, context),
                  almostFull("KubePersistentVolumeInodesFillingUpCritical", inodes, all, context),
              ]
            : []),
        ...(scrapes("kubeStateMetrics") ? [errors(job("kubeStateMetrics"))] : []),
    ];
    return [{ name: "kubernetes-volumes", rules }];
}
