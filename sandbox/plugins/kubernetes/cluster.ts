import { ApiClient, type ApiResponse, type Query } from "./api-client";
import { Discovery, type Mapping } from "./discovery";
import { Informer, type WatchEvent } from "./informer";
import type { Connection } from "./kubeconfig";
import { type GroupVersionKind, gvkOf, maps, nameOf, namespaceOf, type Plain, type PlainMap } from "./objects";

const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** Who changes an object, and how. */
export interface WriteOptions {
    fieldManager?: string;
    /** Nothing is kept: the API server only says what would come out. */
    dryRun?: boolean;
    /** Takes fields over from other managers; for server-side apply. */
    force?: boolean;
}

/** What the API server returned, and its warnings about the object. */
export interface Written {
    object: PlainMap;
    warnings: string[];
}

const written = ({ body, warnings }: ApiResponse): Written => ({ object: body, warnings });

/** Reads and writes objects of any kind in one cluster. Every method throws what {@link ApiClient.request} does. */
export class Cluster {
    public readonly discovery: Discovery;
    private readonly client: ApiClient;
    private readonly informers = new Map<string, Informer>();

    public constructor(connection: Connection) {
        this.client = new ApiClient(connection);
        this.discovery = new Discovery(this.client);
    }

    public close(): void {
        for (const informer of this.informers.values()) {
            informer.stop();
        }
        this.client.close();
    }

    /** The object that is there now under kind, namespace and name of `object`. */
    public async get(object: PlainMap, name = nameOf(object), signal?: AbortSignal): Promise<PlainMap> {
        const path = await this.objectPath(object, name);
        return (await this.client.request({ method: "GET", path, signal })).body;
    }

    /** Only the metadata of an object: cheap for the API server, whatever the object's size. */
    public async getMetadata(object: PlainMap): Promise<PlainMap> {
        const path = await this.objectPath(object, nameOf(object));
        return (await this.client.request({ method: "GET", path, accept: METADATA_ONLY })).body;
    }

    /** All objects of a kind in a namespace. */
    public async list(gvk: GroupVersionKind, namespace: string): Promise<PlainMap[]> {
        const path = collection(await this.discovery.find(gvk), namespace);
        return maps((await this.client.request({ method: "GET", path })).body, "items");
    }

    /** Makes a new object; refused when there is one of that name. */
    public async create(object: PlainMap, options: WriteOptions): Promise<Written> {
        const path = collection(await this.discovery.find(gvkOf(object)), namespaceOf(object));
        return written(await this.client.request({ method: "POST", path, query: strict(options), body: object }));
    }

    /** Server-side apply: makes the object, or the fields of it that `fieldManager` owns, as `object` says. */
    public async apply(object: PlainMap, options: WriteOptions): Promise<Written> {
        const path = await this.objectPath(object, nameOf(object));
        const query = { ...strict(options), force: String(options.force ?? false) };
        return written(await this.patch(path, query, "application/apply-patch+yaml", object));
    }

    /** Replaces a whole object. */
    public async replace(object: PlainMap, options: WriteOptions): Promise<Written> {
        const path = await this.objectPath(object, nameOf(object));
        return written(await this.client.request({ method: "PUT", path, query: strict(options), body: object }));
    }

    /** Changes an object by JSON patch (RFC 6902) or JSON merge patch (RFC 7386). */
    public async modify(
        object: PlainMap,
        patch: Plain,
        type: "json-patch" | "merge-patch",
        options: WriteOptions = {},
    ): Promise<Written> {
        const path = await this.objectPath(object, nameOf(object));
        return written(await this.patch(path, strict(options), `application/${type}+json`, patch));
    }

    /** Begins to delete an object. */
    public async remove(object: PlainMap, name: string, propagationPolicy: string): Promise<void> {
        const path = await this.objectPath(object, name);
        const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy };
        await this.client.request({ method: "DELETE", path, body });
    }

    /**
     * Calls `onEvent` for all objects of a kind in a namespace, those that exist first, then for every change.
     * @returns ends the calls
     */
    public async subscribe(
        gvk: GroupVersionKind,
        namespace: string,
        onEvent: (event: WatchEvent) => void,
    ): Promise<() => void> {
        const path = collection(await this.discovery.find(gvk), namespace);
        let informer = this.informers.get(path);
        if (informer === undefined) {
            informer = new Informer(this.client, path);
            this.informers.set(path, informer);
        }
        return informer.subscribe(onEvent);
    }

    private patch(path: string, query: Query, contentType: string, body: Plain): Promise<ApiResponse> {
        return this.client.request({ method: "PATCH", path, query, contentType, body });
    }

    private async objectPath(object: PlainMap, name: string): Promise<string> {
        const mapping = await this.discovery.find(gvkOf(object));
        return `${collection(mapping, namespaceOf(object))}/${encodeURIComponent(name)}`;
    }
}

function collection({ root, resource, namespaced }: Mapping, namespace: string): string {
    // As for kubectl: an object without a namespace goes to `default`.
    return namespaced
        ? `${root}/namespaces/${encodeURIComponent(namespace || "default")}/${resource}`
        : `${root}/${resource}`;
}

/** Unknown and doubled fields are errors here, where the official plugin lets the API server drop them in silence. */
function strict({ fieldManager, dryRun }: WriteOptions): Query {
    return { fieldManager, fieldValidation: "Strict", dryRun: dryRun ? "All" : undefined };
}
