import type { input } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { blocksOf, blockTimes, usualBlockLength } from "../../config/blocks";
import { evaluationInterval, ruleQueryOffset } from "../../config/evaluation";
import { retentionSize } from "../../config/retention";
import type { MetricsSettings } from "../../config/schema";
import { isSharded, shardsOf } from "../../config/shards";
import { formatDuration, parseDuration } from "../../config/units";
import { credentialsEnv } from "../object-storage/bucket-access";
import { rulesOfPrometheus } from "../operated/evaluator";
import type { LabelSelector } from "../operated/label-selector";
import { objstoreConfig, objstorePath } from "../operated/objstore";
import type { Platform } from "../platform/platform";
import { linuxNodes, podSecurityContext, spread } from "../workload/house";
import { resourceRequirements } from "../workload/pod";
import { controlPlaneScrapeClasses } from "./control-plane-access";
import { kubeletScrapeClass } from "./kubelet";
import { remoteWriteSpec } from "./remote-write";
import type { PrometheusArgs, SidecarArgs } from "./prometheus";
import { operatedPods, prometheusAccount } from "./prometheus-names";
import type { ContainerPatch, PrometheusSpec, SpreadConstraint, ThanosSidecarSpec } from "./prometheus-spec";
import { claimRetention, claimSpec } from "../workload/volumes";

/** What the spec is made of. */
export type SpecArgs = Pick<
    PrometheusArgs,
    "platform" | "settings" | "images" | "alertmanager" | "sidecar" | "ruler" | "remoteWriteSecrets"
> & {
    /** Every server that Prometheus writes to. */
    remoteWrite: MetricsSettings["remoteWrite"];
    /** What links in notifications begin with. */
    externalUrl: string;
    /** Annotations of the pods. */
    hashes: Record<string, pulumi.Output<string>>;
};

const objstoreVolume = "objstore";

const hostname = "kubernetes.io/hostname";

/** Prometheus's own limit on a scrape, in milliseconds; it refuses one above the interval. */
const defaultScrapeTimeout = 10_000;

function offsetOfRules(settings: MetricsSettings) {
    const offset = ruleQueryOffset(settings);
    return offset === undefined ? {} : { ruleQueryOffset: offset };
}

function scrapeTimes(settings: MetricsSettings) {
    const { scrapeInterval } = settings;
    return {
        scrapeInterval,
        ...(parseDuration(scrapeInterval) < defaultScrapeTimeout ? { scrapeTimeout: scrapeInterval } : {}),
        evaluationInterval: evaluationInterval(settings),
        ...offsetOfRules(settings),
    } satisfies Partial<PrometheusSpec>;
}

/**
 * The spec of the operator's resource. No setting leads to `listenLocal`, with which probes are a shell that distroless
 * images haven't, nor to `disableCompaction` or the block sizes of a sidecar, which the operator's delayed compaction
 * takes the place of.
 */
export function prometheusSpec(args: SpecArgs): PrometheusSpec {
    const { platform, settings, images, alertmanager, sidecar } = args;
    return {
        image: images.prometheus.image,
        version: images.prometheus.version,
        replicas: settings.replicas,
        ...(isSharded(settings) ? { shards: shardsOf(settings) } : {}),
        logFormat: "json",
        externalUrl: args.externalUrl,
        ...scrapeTimes(settings),
        externalLabels: { ...settings.externalLabels, cluster: platform.clusterName },
        retention: settings.retention,
        retentionSize: retentionSize(settings),
        ...blockLength(settings),
        ...ingestion(settings),
        ...scrapeLimits(settings),
        ...(Object.keys(args.remoteWrite).length === 0 ? {} : { remoteWrite: remoteWriteSpec(args) }),
        ...storage(args),
        ...pod(args),
        containers: sidecar === undefined ? [] : [sidecarPatch(sidecar)],
        volumes: sidecar === undefined ? [] : [objstore(sidecar)],
        ...(sidecar === undefined ? {} : { thanos: sidecarSpec(args, sidecar) }),
        web: {
            pageTitle: `Prometheus - ${platform.clusterName}`,
            httpConfig: {
                headers: {
                    contentSecurityPolicy: "frame-ancestors 'none'",
                    xContentTypeOptions: "NoSniff",
                    xFrameOptions: "Deny",
                },
            },
        },
        ...(alertmanager === undefined
            ? {}
            : {
                  alerting: {
                      alertmanagers: [
                          {
                              namespace: alertmanager.namespace,
                              name: alertmanager.service,
                              port: alertmanager.portName,
                              apiVersion: "v2",
                              timeout: "10s",
                          },
                      ],
                  },
              }),
        ...discovery(args),
    };
}

/**
 * Only the shortest block is set: its maximum, a tenth of the retention, stays Prometheus's own. Both alike would end local
 * compaction, which waits for the upload of a block instead (`delay-compact-file`). `thanos.blockSize` has no effect in
 * that mode, and the operator refuses arguments that it sets itself; in that mode this is none of them.
 */
function blockLength(settings: MetricsSettings): Pick<PrometheusSpec, "additionalArgs"> {
    const { length } = blockTimes(settings);
    return length === usualBlockLength
        ? {}
        : { additionalArgs: [{ name: "storage.tsdb.min-block-duration", value: formatDuration(length) }] };
}

/** What Prometheus takes beside plain scraped samples, and how; empty with the defaults, which are Prometheus's own. */
function ingestion(settings: MetricsSettings): Partial<PrometheusSpec> {
    const { outOfOrderTimeWindow, remoteWriteReceiver, nativeHistograms, exemplarStorage, walCompression } = settings;
    return {
        ...(blocksOf(settings).overlap ? { tsdb: { outOfOrderTimeWindow } } : {}),
        ...(remoteWriteReceiver.enabled ? { enableRemoteWriteReceiver: true } : {}),
        ...(nativeHistograms === "none" ? {} : { scrapeNativeHistograms: true }),
        ...(nativeHistograms === "beside" ? { scrapeClassicHistograms: true } : {}),
        ...(exemplarStorage === 0
            ? {}
            : { exemplars: { maxSize: exemplarStorage }, enableFeatures: ["exemplar-storage"] }),
        ...(walCompression ? {} : { walCompression: false }),
    };
}

function scrapeLimits({ scrapeLimits: limits }: MetricsSettings): Partial<PrometheusSpec> {
    const { samples, labels, labelNameLength, labelValueLength, bodySize, targets } = limits;
    return {
        ...(samples === undefined ? {} : { enforcedSampleLimit: samples }),
        ...(labels === undefined ? {} : { enforcedLabelLimit: labels }),
        ...(labelNameLength === undefined ? {} : { enforcedLabelNameLengthLimit: labelNameLength }),
        ...(labelValueLength === undefined ? {} : { enforcedLabelValueLengthLimit: labelValueLength }),
        ...(bodySize === undefined ? {} : { enforcedBodySizeLimit: `${bodySize}B` }),
        ...(targets === undefined ? {} : { enforcedTargetLimit: targets }),
    };
}

function storage({
    platform,
    settings,
}: SpecArgs): Pick<PrometheusSpec, "storage" | "persistentVolumeClaimRetentionPolicy"> {
    return {
        storage: { volumeClaimTemplate: { spec: claimSpec(settings.volume, platform) } },
        persistentVolumeClaimRetentionPolicy: claimRetention(platform),
    };
}

function pod({ platform, settings, hashes }: SpecArgs) {
    return {
        serviceAccountName: prometheusAccount,
        automountServiceAccountToken: true,
        enableServiceLinks: false,
        ...(platform.priorityClassName === undefined ? {} : { priorityClassName: platform.priorityClassName }),
        securityContext: podSecurityContext(65534),
        resources: resourceRequirements(settings.resources),
        nodeSelector: linuxNodes,
        ...placement(platform, settings),
        podMetadata: {
            // The operator sets name, instance, version and managed-by itself.
            labels: { ...platform.labels(), "app.kubernetes.io/component": "prometheus" },
            annotations: hashes,
        },
    } satisfies Partial<PrometheusSpec>;
}

/** Two replicas never share a node where the cluster is known to have enough; elsewhere, only if they must. */
function placement({ nodes }: Platform, settings: MetricsSettings) {
    const { replicas } = settings;
    const enough = nodes !== undefined && nodes >= replicas;
    if (isSharded(settings)) {
        return { affinity: apart(false), topologySpreadConstraints: spreadOfShards(enough) };
    }
    return {
        ...(replicas < 2 ? {} : { affinity: apart(enough) }),
        topologySpreadConstraints: spread(operatedPods),
    };
}

function apart(always: boolean): input.core.v1.Affinity {
    const term = { topologyKey: hostname, labelSelector: { matchLabels: operatedPods } };
    return {
        podAntiAffinity: always
            ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
            : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] },
    };
}

/**
 * Replicas of one shard, which may share a node with those of another: an affinity is the same for all shards, and only to
 * a spread constraint the operator adds the labels of the shard.
 */
function spreadOfShards(always: boolean): SpreadConstraint[] {
    return spread(operatedPods).map(({ maxSkew, topologyKey, whenUnsatisfiable }) => ({
        maxSkew,
        topologyKey,
        whenUnsatisfiable: always && topologyKey === hostname ? "DoNotSchedule" : whenUnsatisfiable,
        additionalLabelSelectors: "OnShard",
    }));
}

function objstore(sidecar: SidecarArgs): input.core.v1.Volume {
    return { name: objstoreVolume, configMap: { name: objstoreConfig("thanos-sidecar", sidecar.bucket).name } };
}

function sidecarSpec({ images }: SpecArgs, sidecar: SidecarArgs): ThanosSidecarSpec {
    return {
        image: images.thanos.image,
        version: images.thanos.version,
        objectStorageConfigFile: objstorePath,
        volumeMounts: [{ name: objstoreVolume, mountPath: objstoreConfig("thanos-sidecar", sidecar.bucket).mountPath }],
        logFormat: "json",
        resources: resourceRequirements(sidecar.resources),
    };
}

/** The operator gives the sidecar neither probes nor credentials. */
function sidecarPatch(sidecar: SidecarArgs): ContainerPatch {
    return {
        name: "thanos-sidecar",
        env: credentialsEnv(sidecar.bucket),
        livenessProbe: {
            httpGet: { path: "/-/healthy", port: "http" },
            periodSeconds: 30,
            failureThreshold: 4,
            timeoutSeconds: 3,
        },
        readinessProbe: {
            httpGet: { path: "/-/ready", port: "http" },
            periodSeconds: 5,
            failureThreshold: 20,
            timeoutSeconds: 3,
        },
    };
}

/** Everything anybody asks to be scraped or evaluated, but what belongs to another stack. */
function discovery({ platform, settings, ruler }: SpecArgs) {
    const everything: LabelSelector = {};
    const namespaces: LabelSelector = platform.monitoredNamespaces();
    const scrapeClasses = [
        ...(settings.kubelet ? [kubeletScrapeClass(platform.namespace, settings)] : []),
        ...controlPlaneScrapeClasses(platform, settings),
    ];
    return {
        serviceDiscoveryRole: "EndpointSlice",
        arbitraryFSAccessThroughSMs: { deny: !settings.monitorsMayReadFiles },
        ...(scrapeClasses.length === 0 ? {} : { scrapeClasses }),
        serviceMonitorSelector: everything,
        serviceMonitorNamespaceSelector: namespaces,
        podMonitorSelector: everything,
        podMonitorNamespaceSelector: namespaces,
        probeSelector: everything,
        probeNamespaceSelector: namespaces,
        scrapeConfigSelector: everything,
        scrapeConfigNamespaceSelector: namespaces,
        ruleSelector: rulesOfPrometheus({ ruler: ruler ?? false, sharded: isSharded(settings) }),
        ruleNamespaceSelector: namespaces,
    } satisfies Partial<PrometheusSpec>;
}
