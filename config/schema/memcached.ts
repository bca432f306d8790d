import { z } from "zod";
import { bytes, resources } from "./common";

/** A memcached for one cache. */
export const memcached = (memory: string) =>
    z
        .strictObject({
            replicas: z.int().min(1).default(2).describe("Servers; each has its share of the keys"),
            maxItemSize: bytes().default("5Mi").describe("Largest item; one that is larger isn't kept"),
            // memcached's own default.
            connections: z.int().min(1).default(1024).describe("Connections at a time; more have to wait"),
            resources: resources({ cpu: "50m", memory }),
            exporter: z
                .strictObject({ resources: resources({ cpu: "5m", memory: "24Mi" }) })
                .prefault({})
                .describe("The sidecar that gives memcached its metrics"),
        })
        .prefault({});

export type MemcachedSettings = z.output<ReturnType<typeof memcached>>;
