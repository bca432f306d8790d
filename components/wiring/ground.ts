import * as pulumi from "@pulumi/pulumi";
import { bucketUses } from "../../config/buckets";
import { heartbeatOf } from "../../config/dead-mans-switch";
import { jobNames } from "../../config/jobs";
import type { Settings } from "../../config/load";
import { hasRuler, secretsOf } from "../../config/schema";
import type { Images } from "../../config/versions";
import { MonitoringCrds } from "../metrics";
import { ObjectStorage } from "../object-storage";
import { Platform } from "../platform/platform";
import type { Providers } from "../providers";
import { StackSecrets } from "../secrets";

/** What every part takes. */
interface Shared {
    platform: Platform;
    images: Images;
    jobs: ReturnType<typeof jobNames>;
}

/** What a part waits for. */
export type Order = pulumi.ResourceTransformation[];

/** What all parts stand on: namespaces, what holds data, and the keys to it. */
export interface Ground {
    /** Name of the stack's component, with which the names of all others begin. */
    name: string;
    /** The stack's component. */
    parent: pulumi.ComponentResource;
    settings: Settings;
    shared: Shared;
    secrets: StackSecrets;
    storage: ObjectStorage;
}

export function makeGround(
    name: string,
    parent: pulumi.ComponentResource,
    settings: Settings,
    crdsProvider: Providers["crds"],
): Ground {
    const platform = makePlatform(name, parent, settings, crdsProvider);
    const secrets = makeSecrets(name, parent, settings, platform);
    const { objectStorage, longTerm, logs, images } = settings;
    const storage = new ObjectStorage(
        `${name}-storage`,
        { platform, settings: objectStorage, longTerm, logs, givenKeys: secrets.objectStorage },
        { parent },
    );
    return { name, parent, settings, secrets, storage, shared: { platform, images, jobs: jobNames(settings.metrics) } };
}

function makePlatform(
    name: string,
    parent: pulumi.Resource,
    settings: Settings,
    provider: Providers["crds"],
): Platform {
    const { stack, cluster, metrics, platform } = settings;
    const monitoringApi =
        metrics.operator.crds === "install"
            ? new MonitoringCrds(`${name}-crds`, { ruler: hasRuler(settings) }, { parent, provider })
            : undefined;
    const hostAccess = metrics.nodeExporter.enabled || metrics.telegraf.enabled;
    return new Platform(
        `${name}-platform`,
        { stack, cluster, settings: platform, hostAccess, monitoringApi },
        { parent },
    );
}

function makeSecrets(name: string, parent: pulumi.Resource, settings: Settings, platform: Platform): StackSecrets {
    const { metrics, alerting, objectStorage, secrets, secretValues } = settings;
    return new StackSecrets(
        `${name}-secrets`,
        {
            platform,
            settings: secrets,
            values: secretValues,
            smtp: alerting.kind === "alertmanager" && alerting.smtp?.username !== undefined,
            receivers: alerting.kind === "none" ? {} : secretsOf(alerting.receivers),
            remoteWrite: metrics.remoteWrite,
            victoriaMetrics: metrics.victoriaMetrics.enabled,
            deadMansSwitch: heartbeatOf(alerting) !== undefined,
            objectStorage: objectStorage.access.kind === "given" && bucketUses(settings).length > 0,
        },
        { parent },
    );
}
