import { setTimeout as sleep } from "node:timers/promises";
import {
    AppsV1Api,
    CoreV1Api,
    KubernetesObjectApi,
    PatchStrategy,
    StorageV1Api,
    type KubeConfig,
    type V1PersistentVolumeClaim,
    type V1StatefulSet,
} from "@kubernetes/client-node";
import { parseBytes } from "../../config/units";
import { UserError } from "../../cli/errors";
import { mergePatch, orMissing } from "../../cli/kubernetes";
import type { Growth } from "./plan";

/** Field manager of what is written to the operator's resources, and taken back at the end. */
const fieldManager = "perch-grow-volumes";

const pollMs = 2_000;
/** Storage in the cloud takes minutes to grow. */
const growMinutes = 15;
const settleMinutes = 10;

/** One claim that grows. */
export interface GrowingClaim {
    namespace: string;
    name: string;
    to: string;
}

/** StatefulSets of one growth, and their claims. */
export interface Grown {
    growth: Growth;
    sets: V1StatefulSet[];
    claims: GrowingClaim[];
}

/** What growing needs of a cluster. */
export class VolumeCluster {
    private readonly apps: AppsV1Api;
    private readonly core: CoreV1Api;
    private readonly storage: StorageV1Api;
    private readonly objects: KubernetesObjectApi;

    constructor(config: KubeConfig) {
        this.apps = config.makeApiClient(AppsV1Api);
        this.core = config.makeApiClient(CoreV1Api);
        this.storage = config.makeApiClient(StorageV1Api);
        this.objects = KubernetesObjectApi.makeApiClient(config);
    }

    /** The StatefulSets and claims behind a growth; those of replicas that aren't there now too. */
    async find(growth: Growth): Promise<Grown> {
        const { namespace, to } = growth;
        const sets = (await this.apps.listNamespacedStatefulSet({ namespace })).items.filter((set) =>
            isOf(growth, set),
        );
        const { items } = await this.core.listNamespacedPersistentVolumeClaim({ namespace });
        const prefixes = sets.flatMap((set) =>
            (set.spec?.volumeClaimTemplates ?? [])
                .map(({ metadata }) => metadata?.name ?? "")
                .filter((template) => growth.template === undefined || template === growth.template)
                .map((template) => `${template}-${set.metadata?.name ?? ""}-`),
        );
        const claims = items
            .map(({ metadata }) => metadata?.name ?? "")
            .filter((name) =>
                prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))),
            )
            .map((name) => ({ namespace, name, to }));
        return { growth, sets, claims };
    }

    /** @throws UserError naming every claim whose storage can't grow */
    async requireExpandable(claims: readonly GrowingClaim[]): Promise<void> {
        const classes = await this.storage.listStorageClass();
        const expandable = new Map(
            classes.items.map(({ metadata, allowVolumeExpansion }) => [metadata?.name, allowVolumeExpansion === true]),
        );
        const refused = (await Promise.all(claims.map((claim) => this.read(claim))))
            .filter(({ spec }) => expandable.get(spec?.storageClassName) !== true)
            .map(
                ({ metadata, spec }) =>
                    `  ${metadata?.name ?? ""}: storage class ${spec?.storageClassName ?? "(none)"}`,
            );
        if (refused.length > 0) {
            throw new UserError(
                `These volumes can't grow, for their storage class has no allowVolumeExpansion; nothing was changed:\n` +
                    `${refused.join("\n")}\nSet the old size again, or move the data to volumes of another class.`,
            );
        }
    }

    /** Asks for the new size, and waits until the storage has it. */
    async growClaim(claim: GrowingClaim): Promise<void> {
        const storage = claim.to;
        await this.core.patchNamespacedPersistentVolumeClaim(
            { name: claim.name, namespace: claim.namespace, body: { spec: { resources: { requests: { storage } } } } },
            mergePatch,
        );
        await until(`size of claim ${claim.namespace}/${claim.name}`, growMinutes, async () => {
            const { status } = await this.read(claim);
            // The file system of some drivers grows only when a pod mounts it next.
            const onlyTheFileSystemIsLeft = status?.conditions?.some(({ type }) => type === "FileSystemResizePending");
            return (
                onlyTheFileSystemIsLeft === true || parseBytes(status?.capacity?.storage ?? "") >= parseBytes(storage)
            );
        });
    }

    /** The operator leaves a paused resource as it is. */
    async pause(growth: Growth): Promise<void> {
        await this.applyToOwner(growth, { paused: true });
    }

    /** The operator goes on with a resource, whose StatefulSet it makes anew, of the new size, around the pods. */
    async resume(growth: Growth): Promise<void> {
        const resources = { requests: { storage: growth.to } };
        await this.applyToOwner(growth, { storage: { volumeClaimTemplate: { spec: { resources } } } });
    }

    /** Lets go of all fields that were written: they are Pulumi's. */
    async release(growth: Growth): Promise<void> {
        await this.applyToOwner(growth, undefined);
    }

    /** Deletes a StatefulSet, but not its pods: they run on, and so do their claims. */
    async orphan({ metadata }: V1StatefulSet): Promise<void> {
        const key = { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" };
        await orMissing(this.apps.deleteNamespacedStatefulSet({ ...key, propagationPolicy: "Orphan" }));
        await until(`end of StatefulSet ${key.namespace}/${key.name}`, settleMinutes, async () => {
            const set = await orMissing(this.apps.readNamespacedStatefulSet(key));
            return set === undefined || set.metadata?.uid !== metadata?.uid;
        });
    }

    /** Waits until a StatefulSet is there again with all its pods. */
    async settled({ metadata }: V1StatefulSet): Promise<void> {
        const key = { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" };
        await until(`ready StatefulSet ${key.namespace}/${key.name}`, settleMinutes, async () => {
            const set = await orMissing(this.apps.readNamespacedStatefulSet(key));
            return set !== undefined && (set.status?.readyReplicas ?? 0) >= (set.spec?.replicas ?? 1);
        });
    }

    private read({ name, namespace }: GrowingClaim): Promise<V1PersistentVolumeClaim> {
        return this.core.readNamespacedPersistentVolumeClaim({ name, namespace });
    }

    private async applyToOwner({ kind, namespace, name }: Growth, spec: object | undefined): Promise<void> {
        const object = {
            apiVersion: "monitoring.coreos.com/v1",
            kind,
            metadata: { name, namespace },
            ...(spec === undefined ? {} : { spec }),
        };
        await this.objects.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
    }
}

function isOf({ kind, name }: Growth, { metadata }: V1StatefulSet): boolean {
    return kind === "StatefulSet"
        ? metadata?.name === name
        : metadata?.ownerReferences?.some((owner) => owner.kind === kind && owner.name === name) === true;
}

async function until(what: string, minutes: number, check: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + minutes * 60_000;
    while (!(await check())) {
        if (Date.now() > end) {
            throw new UserError(`After ${minutes} minutes there was still no ${what}. Look why, then run this again.`);
        }
        await sleep(pollMs);
    }
}
