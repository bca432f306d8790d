import { makeInformer } from "@kubernetes/client-node";
import type {
    KubeConfig,
    KubernetesListObject,
    KubernetesObject,
    Informer,
    ObjectCache,
} from "@kubernetes/client-node";

const retryMs = 1_000;

/** How to list the objects of one kind, and the API path to watch them at. */
export interface WatchedKind<T extends KubernetesObject> {
    path: string;
    list: () => Promise<KubernetesListObject<T>>;
}

/** All objects of one kind, kept current by a watch that survives restarts of the API server. */
export class Watched<T extends KubernetesObject> {
    private current: readonly T[] = [];
    private connected = false;
    private informer: (Informer<T> & ObjectCache<T>) | undefined;

    constructor(
        private readonly config: KubeConfig,
        private readonly kind: WatchedKind<T>,
        private readonly onChange: () => void,
    ) {
        void this.connect();
    }

    /** Whether the list was read and is kept current now. */
    get synced(): boolean {
        return this.connected;
    }

    /** The objects as last seen. */
    list(): readonly T[] {
        return this.connected && this.informer !== undefined ? this.informer.list() : this.current;
    }

    /** The object of this name as last seen, if there is one. */
    get(namespace: string, name: string): T | undefined {
        return this.informer?.get(name, namespace);
    }

    /** A new informer each time: the old one would go on at a version that a new etcd may not know. */
    private async connect(): Promise<void> {
        const informer = makeInformer<T>(this.config, this.kind.path, this.kind.list);
        informer.on("change", this.onChange);
        informer.on("error", () => {
            if (this.informer === informer) {
                this.current = this.list();
                this.connected = false;
                this.informer = undefined;
                setTimeout(() => void this.connect(), retryMs);
            }
        });
        this.informer = informer;
        await informer.start();
        if (this.informer === informer) {
            this.connected = true;
            this.onChange();
        }
    }
}
