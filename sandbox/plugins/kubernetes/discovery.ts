import type { ApiClient } from "./api-client";
import { NoSuchKindError } from "./api-error";
import { type GroupVersionKind, groupVersion, maps, type PlainMap, text } from "./objects";

/** Where the objects of a kind are served. */
export interface Mapping {
    /** `/api/v1` or `/apis/<group>/<version>` */
    root: string;
    /** Name in the path, such as `deployments`. */
    resource: string;
    namespaced: boolean;
}

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const keyOf = (gvk: GroupVersionKind): string => `${groupVersion(gvk)}/${gvk.kind}`;

/** The kinds that the API server serves, read with two requests and kept. */
export class Discovery {
    private kinds: Promise<Map<string, Mapping>> | undefined;
    private generation = 0;

    public constructor(private readonly client: ApiClient) {}

    /** Reads the kinds anew at the next question; for when a definition of a custom resource was made. */
    public reset(): void {
        this.kinds = undefined;
        this.generation += 1;
    }

    /** The mapping of a kind, as known; undefined for a kind that wasn't served when it was last looked. */
    public async known(gvk: GroupVersionKind): Promise<Mapping | undefined> {
        return (await this.load()).get(keyOf(gvk));
    }

    /**
     * The mapping of a kind; looked up anew once when it isn't known.
     * @throws {NoSuchKindError} when the API server doesn't serve it
     */
    public async find(gvk: GroupVersionKind): Promise<Mapping> {
        const { generation } = this;
        let mapping = await this.known(gvk);
        if (mapping === undefined) {
            if (generation === this.generation) {
                this.reset();
            }
            mapping = await this.known(gvk);
        }
        if (mapping === undefined) {
            throw new NoSuchKindError(`no matches for kind "${gvk.kind}" in version "${groupVersion(gvk)}"`);
        }
        return mapping;
    }

    private load(): Promise<Map<string, Mapping>> {
        if (this.kinds === undefined) {
            const kinds = this.read();
            this.kinds = kinds;
            kinds.catch(() => {
                if (this.kinds === kinds) {
                    this.kinds = undefined;
                }
            });
        }
        return this.kinds;
    }

    private async read(): Promise<Map<string, Mapping>> {
        const kinds = new Map<string, Mapping>();
        const [core, groups] = await Promise.all(
            ["/api", "/apis"].map(async (path) => this.client.request({ method: "GET", path, accept: AGGREGATED })),
        );
        for (const response of [core, groups]) {
            for (const group of maps(response?.body, "items")) {
                addGroup(kinds, group);
            }
        }
        return kinds;
    }
}

function addGroup(kinds: Map<string, Mapping>, item: PlainMap): void {
    const group = text(item, "metadata", "name");
    for (const entry of maps(item, "versions")) {
        const version = text(entry, "version");
        const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
        for (const resource of maps(entry, "resources")) {
            const kind = text(resource, "responseKind", "kind");
            kinds.set(keyOf({ group, version, kind }), {
                root,
                resource: text(resource, "resource"),
                namespaced: resource.scope === "Namespaced",
            });
        }
    }
}
