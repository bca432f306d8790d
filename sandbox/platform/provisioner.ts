import { CoreV1Api, NetworkingV1Api, StorageV1Api } from "@kubernetes/client-node";
import type {
    KubeConfig,
    V1Ingress,
    V1IngressClass,
    V1Node,
    V1PersistentVolume,
    V1PersistentVolumeClaim,
    V1Service,
    V1StorageClass,
} from "@kubernetes/client-node";
import { ingressActions, serviceActions, setStatus } from "./ingress-points";
import { Reconciler } from "./reconciler";
import type { ExternalAddresses } from "./settings";
import type { VolumeFolders } from "./volume-folders";
import { perform, storageActions } from "./volumes";
import { Watched } from "./watched";

/** What the platform gives out. */
export interface Provisions {
    external: ExternalAddresses;
    /** Where the volumes of a real node are; absent: no container writes to them. */
    folders?: VolumeFolders;
}

/**
 * Plays what a provisioned cluster has beside Kubernetes itself: storage drivers, load balancers, ingress controllers.
 * @returns whether it sees the cluster now
 */
export function startProvisioner(config: KubeConfig, { external, folders }: Provisions): () => boolean {
    const core = config.makeApiClient(CoreV1Api);
    const networking = config.makeApiClient(NetworkingV1Api);
    const storage = config.makeApiClient(StorageV1Api);

    let swept = false;
    const volumeWork = new Reconciler("volumes", async () => {
        if (![classes, claims, volumes, nodes].every(({ synced }) => synced)) {
            return;
        }
        const view = { classes: classes.list(), claims: claims.list(), volumes: volumes.list(), nodes: nodes.list() };
        if (!swept) {
            // Once, before this agent makes any: the watch tells of new volumes later than their folders are there.
            await folders?.removeOthers(view.volumes.flatMap(({ metadata }) => metadata?.name ?? []));
            swept = true;
        }
        await Promise.all(storageActions(view, folders).map((action) => perform(config, action, folders)));
    });
    const ingressWork = new Reconciler("ingress points", async () => {
        if (![services, ingresses, ingressClasses].every(({ synced }) => synced)) {
            return;
        }
        const points = [
            ...serviceActions(services.list(), external),
            ...ingressActions(ingresses.list(), ingressClasses.list(), external),
        ];
        await Promise.all(points.map((point) => setStatus(config, point)));
    });

    const classes = new Watched<V1StorageClass>(
        config,
        { path: "/apis/storage.k8s.io/v1/storageclasses", list: () => storage.listStorageClass() },
        volumeWork.trigger,
    );
    const claims = new Watched<V1PersistentVolumeClaim>(
        config,
        { path: "/api/v1/persistentvolumeclaims", list: () => core.listPersistentVolumeClaimForAllNamespaces() },
        volumeWork.trigger,
    );
    const volumes = new Watched<V1PersistentVolume>(
        config,
        { path: "/api/v1/persistentvolumes", list: () => core.listPersistentVolume() },
        volumeWork.trigger,
    );
    const nodes = new Watched<V1Node>(
        config,
        { path: "/api/v1/nodes", list: () => core.listNode() },
        volumeWork.trigger,
    );
    const services = new Watched<V1Service>(
        config,
        { path: "/api/v1/services", list: () => core.listServiceForAllNamespaces() },
        ingressWork.trigger,
    );
    const ingresses = new Watched<V1Ingress>(
        config,
        { path: "/apis/networking.k8s.io/v1/ingresses", list: () => networking.listIngressForAllNamespaces() },
        ingressWork.trigger,
    );
    const ingressClasses = new Watched<V1IngressClass>(
        config,
        { path: "/apis/networking.k8s.io/v1/ingressclasses", list: () => networking.listIngressClass() },
        ingressWork.trigger,
    );
    return () => [classes, claims, volumes, nodes, services, ingresses, ingressClasses].every(({ synced }) => synced);
}
