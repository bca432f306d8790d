import { z } from "zod";
import { alertingSchema } from "./alerting";
import { applicationsSchema } from "./applications";
import { autoscalingSchema } from "./autoscaling";
import { certificatesSchema } from "./certificates";
import { clusterSchema } from "./cluster";
import { collectionSchema } from "./collection";
import { grafanaSchema } from "./grafana";
import { imagesSchema } from "./images";
import { loadSchema } from "./load";
import { logsSchema } from "./logs";
import { longTermSchema } from "./long-term";
import { metricsSchema } from "./metrics";
import { networkPoliciesSchema } from "./network-policies";
import { objectStorageSchema } from "./object-storage";
import { platformSchema } from "./platform";
import { rulesSchema } from "./rules";
import { secretsSchema } from "./secrets";
import { slosSchema } from "./slos";

/** Everything that a stack file may say, one key (`perch:<area>`) per field. */
export const settingsSchema = z.strictObject({
    cluster: clusterSchema,
    platform: platformSchema,
    load: loadSchema,
    metrics: metricsSchema,
    applications: applicationsSchema,
    longTerm: longTermSchema,
    logs: logsSchema,
    collection: collectionSchema,
    alerting: alertingSchema,
    rules: rulesSchema,
    grafana: grafanaSchema,
    objectStorage: objectStorageSchema,
    secrets: secretsSchema,
    networkPolicies: networkPoliciesSchema,
    certificates: certificatesSchema,
    autoscaling: autoscalingSchema,
    images: imagesSchema,
    slos: slosSchema,
    selfMonitoring: z.boolean().default(true).describe("Alerts and a dashboard on the stack's own health"),
});

/** Top-level keys of a stack file that hold settings. */
export const areaNames = Object.keys(settingsSchema.shape) as (keyof AreaSettings)[];

/** The areas after defaults: what the components take. */
export type AreaSettings = z.output<typeof settingsSchema>;
/** The areas as a stack file or a profile writes them. */
export type AreaInput = z.input<typeof settingsSchema>;

export { alertPlaceholder, type AlertingSettings, type AlertmanagerSettings } from "./alerting";
export type { ApplicationsSettings } from "./applications";
export type { BlackboxModule, BlackboxSettings } from "./blackbox";
export type {
    AdapterRule,
    AutoscalingSettings,
    PrometheusAdapterSettings,
    ScalingMetric,
    ScalingTarget,
} from "./autoscaling";
export type { CertificatesSettings } from "./certificates";
export type { ClusterSettings } from "./cluster";
export type { CollectionSettings } from "./collection";
export type { ControlPlaneSettings } from "./control-plane";
export type { BucketSettings, Callers, Resources, Volume } from "./common";
export type { Exposure, GrafanaSettings } from "./grafana";
export type { LoadSettings } from "./load";
export type { LogsSettings, LokiSettings } from "./logs";
export { hasRuler, otherClusters, type LongTermSettings, type ThanosSettings } from "./long-term";
export type { MemcachedSettings } from "./memcached";
export type { MetricsSettings } from "./metrics";
export { anywhere, type NetworkPoliciesSettings } from "./network-policies";
export type { ObjectStorageSettings } from "./object-storage";
export type { PlatformSettings } from "./platform";
export {
    isReceiverSecretKey,
    receiverSecretFields,
    receiverSecretKey,
    receiverSecrets,
    secretsOf,
    type ReceiverSecretField,
    type ReceiverSecretKey,
    type ReceiverSettings,
} from "./receivers";
export {
    isRemoteWriteSecretKey,
    remoteWriteSchema,
    remoteWriteSecretFields,
    remoteWriteSecretKey,
    remoteWriteSecrets,
    type RemoteWriteSecretField,
    type RemoteWriteSettings,
} from "./remote-write";
export type { RelabelingSettings } from "./relabelings";
export type { StoreEndpointSettings } from "./store-endpoints";
export type { AccessSettings } from "./target-access";
export type { TargetSettings } from "./targets";
export type { TelegrafSettings } from "./telegraf";
export { type VictoriaMetricsSettings, victoriaMetricsWrite } from "./victoria-metrics";
export type { InhibitRuleSettings, RouteSettings, TimeInterval } from "./routes";
export { type SloSettings, windowPlaceholder } from "./slos";
export type { RulesSettings } from "./rules";
export { secretValueKeys, type SecretSource, type SecretsSettings, type SecretValueKey } from "./secrets";
