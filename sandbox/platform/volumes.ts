import { CoreV1Api } from "@kubernetes/client-node";
import type {
    KubeConfig,
    V1Node,
    V1PersistentVolume,
    V1PersistentVolumeClaim,
    V1PersistentVolumeSpec,
    V1StorageClass,
} from "@kubernetes/client-node";
import { storageKindOf } from "./classes";
import type { StorageKind } from "./classes";
import { isApiError, mergePatch, orMissing } from "../../cli/kubernetes";
import { isLess } from "./quantity";
import { platformLabel } from "./settings";
import type { VolumeFolders } from "./volume-folders";

const provisionedBy = "pv.kubernetes.io/provisioned-by";
const selectedNode = "volume.kubernetes.io/selected-node";
const zoneLabel = "topology.kubernetes.io/zone";
const hostnameLabel = "kubernetes.io/hostname";

/** What the storage drivers see of the cluster. */
export interface StorageView {
    classes: readonly V1StorageClass[];
    claims: readonly V1PersistentVolumeClaim[];
    volumes: readonly V1PersistentVolume[];
    nodes: readonly V1Node[];
}

/** One thing that the storage drivers have to do. */
export type StorageAction =
    | { kind: "create"; volume: V1PersistentVolume }
    | { kind: "delete"; volume: string }
    | { kind: "resize"; volume: string; namespace: string; claim: string; size: string };

/**
 * What the storage drivers would do now: provision, expand, reclaim. Binding is left to the controller manager.
 * @param folders of a real node, where every volume is a folder; absent: all volumes are simulated
 */
export function storageActions(view: StorageView, folders?: Pick<VolumeFolders, "pathOf">): StorageAction[] {
    const classes = new Map(
        view.classes.filter(isOurs).map((storageClass) => [storageClass.metadata?.name, storageClass]),
    );
    const volumes = new Map(view.volumes.map((volume) => [volume.metadata?.name, volume]));
    const creates = view.claims.flatMap((claim): StorageAction[] => {
        const storageClass = classes.get(claim.spec?.storageClassName);
        const volume = storageClass && provision(claim, storageClass, view.nodes, folders);
        return volume === undefined || volumes.has(volume.metadata?.name) ? [] : [{ kind: "create", volume }];
    });
    const resizes = view.claims.flatMap((claim) => {
        const volume = volumes.get(claim.spec?.volumeName);
        return volume === undefined || !classes.get(claim.spec?.storageClassName)?.allowVolumeExpansion
            ? []
            : resize(claim, volume);
    });
    const deletes = view.volumes.flatMap((volume): StorageAction[] => {
        const reclaimed =
            volume.status?.phase === "Released" && volume.spec?.persistentVolumeReclaimPolicy === "Delete";
        const name = volume.metadata?.name;
        const deletable = reclaimed && isOurs(volume) && volume.metadata?.deletionTimestamp === undefined;
        return deletable && name !== undefined ? [{ kind: "delete", volume: name }] : [];
    });
    return [...creates, ...resizes, ...deletes];
}

/** Does one of {@link storageActions}; what somebody else did meanwhile is fine. */
export async function perform(config: KubeConfig, action: StorageAction, folders?: VolumeFolders): Promise<void> {
    const core = config.makeApiClient(CoreV1Api);
    switch (action.kind) {
        case "create":
            await folders?.make(action.volume.metadata?.name ?? "");
            await core.createPersistentVolume({ body: action.volume }).catch((error: unknown) => {
                if (!isApiError(error, 409)) {
                    throw error;
                }
            });
            return;
        case "delete":
            await folders?.remove(action.volume);
            await orMissing(core.deletePersistentVolume({ name: action.volume }));
            return;
        case "resize": {
            const capacity = { storage: action.size };
            await core.patchPersistentVolume({ name: action.volume, body: { spec: { capacity } } }, mergePatch);
            const claim = { namespace: action.namespace, name: action.claim };
            await orMissing(
                core.patchNamespacedPersistentVolumeClaimStatus(
                    { ...claim, body: { status: { capacity, conditions: null } } },
                    mergePatch,
                ),
            );
        }
    }
}

function provision(
    claim: V1PersistentVolumeClaim,
    storageClass: V1StorageClass,
    nodes: readonly V1Node[],
    folders: Pick<VolumeFolders, "pathOf"> | undefined,
): V1PersistentVolume | undefined {
    const { metadata, spec } = claim;
    const kind = storageKindOf(storageClass.metadata?.name ?? "");
    const nodeName = metadata?.annotations?.[selectedNode];
    const waits = storageClass.volumeBindingMode === "WaitForFirstConsumer" && nodeName === undefined;
    const unbound = claim.status?.phase === "Pending" && !spec?.volumeName;
    const writersFit = kind.shared || !spec?.accessModes?.includes("ReadWriteMany");
    if (!unbound || waits || !writersFit || metadata?.uid === undefined || metadata.deletionTimestamp !== undefined) {
        return undefined;
    }
    const name = `pvc-${metadata.uid}`;
    return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name, labels: platformLabel, annotations: { [provisionedBy]: storageClass.provisioner } },
        spec: {
            accessModes: spec?.accessModes,
            capacity: { storage: spec?.resources?.requests?.storage ?? "1Gi" },
            claimRef: {
                apiVersion: "v1",
                kind: "PersistentVolumeClaim",
                namespace: metadata.namespace,
                name: metadata.name,
                uid: metadata.uid,
            },
            persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
            storageClassName: storageClass.metadata?.name,
            volumeMode: spec?.volumeMode,
            ...(folders === undefined ? sourceOf(kind, name) : folderSource(folders.pathOf(name))),
            ...affinityOf(kind, nodeName, nodes),
        },
    };
}

function resize(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume): StorageAction[] {
    const wanted = claim.spec?.resources?.requests?.storage;
    const present = claim.status?.capacity?.storage;
    const names = [claim.metadata?.namespace, claim.metadata?.name, volume.metadata?.name];
    const [namespace, name, volumeName] = names;
    if (claim.status?.phase !== "Bound" || wanted === undefined || present === undefined || !isLess(present, wanted)) {
        return [];
    }
    return namespace === undefined || name === undefined || volumeName === undefined
        ? []
        : [{ kind: "resize", volume: volumeName, namespace, claim: name, size: wanted }];
}

function folderSource(path: string): Pick<V1PersistentVolumeSpec, "hostPath"> {
    return { hostPath: { path, type: "Directory" } };
}

function sourceOf(kind: StorageKind, name: string): Pick<V1PersistentVolumeSpec, "hostPath" | "csi"> {
    return kind.reach === "node"
        ? { hostPath: { path: `/var/lib/simulated/${name}`, type: "DirectoryOrCreate" } }
        : { csi: { driver: kind.provisioner, volumeHandle: name, fsType: "ext4" } };
}

function affinityOf(
    kind: StorageKind,
    nodeName: string | undefined,
    nodes: readonly V1Node[],
): Pick<V1PersistentVolumeSpec, "nodeAffinity"> {
    if (kind.reach === "cluster" || nodeName === undefined) {
        return {};
    }
    const key = kind.reach === "node" ? hostnameLabel : zoneLabel;
    const node = nodes.find(({ metadata }) => metadata?.name === nodeName);
    const value = node?.metadata?.labels?.[key];
    return value === undefined
        ? {}
        : {
              nodeAffinity: {
                  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: [value] }] }] },
              },
          };
}

function isOurs({ metadata }: V1StorageClass | V1PersistentVolume): boolean {
    return Object.entries(platformLabel).every(([key, value]) => metadata?.labels?.[key] === value);
}
