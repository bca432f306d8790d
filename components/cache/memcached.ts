import * as pulumi from "@pulumi/pulumi";
import type { MemcachedSettings } from "../../config/schema";
import { memcachedMegabytes } from "../../config/sizing";
import { parseBytes } from "../../config/units";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import type { ContainerArgs } from "../workload/pod";
import { Workload } from "../workload/workload";

/** Inputs of {@link Memcached}. */
export interface MemcachedArgs {
    platform: Platform;
    settings: MemcachedSettings;
    images: Pick<Images, "memcached" | "memcachedExporter">;
    /** Value of the label `job`. */
    job: string;
    /** Name of the StatefulSet and of its Service. */
    objectName: string;
}

/** Numeric user of the image. */
const USER = 11211;

/**
 * Memcached, for one client's cache: replicas that know nothing of each other, each with its share of the keys, which the
 * clients choose by hash. What one held is gone with it, and fetched again.
 */
export class Memcached extends pulumi.ComponentResource {
    /** Behind a headless Service for SRV lookups: clients talk to each replica. */
    public readonly endpoint: Endpoint;
    /** Bytes of the largest item that it takes. */
    public readonly maxItemSize: number;
    public readonly workload: Workload;

    constructor(name: string, args: MemcachedArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:cache:Memcached", name, {}, opts);
        const { platform, settings, images, objectName } = args;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "memcached",
                component: objectName,
                version: images.memcached.version,
                objectName,
                // Names that stay: clients find the same keys on the same replica after a restart.
                controller: { kind: "StatefulSet", replicas: settings.replicas },
                user: USER,
                containers: [memcached(args), exporter(args)],
                services: [{ name: objectName, headless: true, ports: ["memcache", "metrics"] }],
                scrapes: [{ job: args.job, port: "metrics" }],
            },
            { parent: this },
        );
        this.endpoint = this.workload.endpoint("memcache", objectName);
        this.maxItemSize = parseBytes(settings.maxItemSize);
        this.registerOutputs({});
    }
}

/** Command line of memcached. */
export function memcachedFlags(settings: MemcachedSettings): string[] {
    return [
        `--memory-limit=${memcachedMegabytes(settings)}`,
        `--max-item-size=${parseBytes(settings.maxItemSize)}`,
        `--conn-limit=${settings.connections}`,
        `--port=${port}`,
    ];
}

const port = 11211;

function memcached({ images, settings }: MemcachedArgs): ContainerArgs {
    const listens = { port: "memcache" };
    return {
        name: "memcached",
        image: images.memcached.image,
        // Past the image's entry point, a shell script.
        command: ["memcached"],
        args: memcachedFlags(settings),
        ports: { memcache: { port } },
        probes: { readiness: listens, liveness: { ...listens, periodSeconds: 30 } },
        resources: settings.resources,
    };
}

function exporter({ images, settings }: MemcachedArgs): ContainerArgs {
    // Its start page: /metrics would ask memcached, which has probes of its own.
    const page = { path: "/", port: "metrics" };
    return {
        name: "exporter",
        image: images.memcachedExporter.image,
        args: [`--memcached.address=127.0.0.1:${port}`, "--web.listen-address=:9150", "--log.format=json"],
        ports: { metrics: { port: 9150 } },
        probes: { readiness: page, liveness: { ...page, periodSeconds: 30 } },
        resources: settings.exporter.resources,
    };
}
