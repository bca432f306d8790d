import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "./api-client";
import { ApiError } from "./api-error";
import { isMap, maps, nameOf, type PlainMap, text } from "./objects";

export interface WatchEvent {
    type: "added" | "modified" | "deleted";
    object: PlainMap;
}

type Listener = (event: WatchEvent) => void;

/** Pause before a watch that the server ended or refused is begun again. */
const RETRY_MS = 500;

/** One list and watch of a collection, shared by all that wait for something in it; it runs while there are listeners. */
export class Informer {
    private readonly listeners = new Set<Listener>();
    private readonly objects = new Map<string, PlainMap>();
    private abort: AbortController | undefined;

    public constructor(
        private readonly client: ApiClient,
        private readonly path: string,
    ) {}

    /** Calls `listener` for what exists and for every change, until the returned function is called. */
    public subscribe(listener: Listener): () => void {
        this.listeners.add(listener);
        if (this.abort === undefined) {
            this.abort = new AbortController();
            void this.run(this.abort.signal);
        } else {
            for (const object of this.objects.values()) {
                listener({ type: "added", object });
            }
        }
        return () => {
            this.listeners.delete(listener);
            if (this.listeners.size === 0) {
                this.stop();
            }
        };
    }

    public stop(): void {
        this.abort?.abort();
        this.abort = undefined;
        this.objects.clear();
    }

    private async run(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            try {
                await this.listAndWatch(signal);
            } catch {
                // Gone (410), refused or unreachable: the next list tells anew. The waiting one has a time-out.
            }
            await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
        }
    }

    private async listAndWatch(signal: AbortSignal): Promise<void> {
        const { body } = await this.client.request({ method: "GET", path: this.path, signal });
        // Items of a list carry neither kind nor version; those of the list do, with `List` at the end.
        const apiVersion = text(body, "apiVersion");
        const kind = text(body, "kind").replace(/List$/, "");
        this.replaceAll(maps(body, "items").map((item) => ({ apiVersion, kind, ...item })));
        let version = text(body, "metadata", "resourceVersion");
        const onEvent = (event: PlainMap): void => {
            const object = event.object;
            if (event.type === "ERROR" || !isMap(object)) {
                version = "";
                throw new ApiError(text(object, "message"), 410, text(object, "reason"), "");
            }
            version = text(object, "metadata", "resourceVersion");
            this.note(text(event, "type"), object);
        };
        while (!signal.aborted) {
            await this.client.watch(
                this.path,
                { resourceVersion: version, allowWatchBookmarks: "true" },
                onEvent,
                signal,
            );
        }
    }

    private replaceAll(items: PlainMap[]): void {
        const names = new Set(items.map(nameOf));
        for (const [name, object] of this.objects) {
            if (!names.has(name)) {
                this.objects.delete(name);
                this.tell({ type: "deleted", object });
            }
        }
        for (const object of items) {
            const old = this.objects.get(nameOf(object));
            if (text(old, "metadata", "resourceVersion") !== text(object, "metadata", "resourceVersion")) {
                this.objects.set(nameOf(object), object);
                this.tell({ type: old === undefined ? "added" : "modified", object });
            }
        }
    }

    private note(type: string, object: PlainMap): void {
        if (type === "DELETED") {
            this.objects.delete(nameOf(object));
            this.tell({ type: "deleted", object });
        } else if (type === "ADDED" || type === "MODIFIED") {
            this.objects.set(nameOf(object), object);
            this.tell({ type: type === "ADDED" ? "added" : "modified", object });
        }
    }

    private tell(event: WatchEvent): void {
        for (const listener of [...this.listeners]) {
            listener(event);
        }
    }
}
