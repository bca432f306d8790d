import { createHash } from "node:crypto";
import type { Blob } from "./layer";
import type { ImageRecipe } from "./recipe";

/** Media types of the OCI image specification, 1.1. */
export const mediaTypes = {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** That of this machine, as images name it. */
export const architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** The time that every image carries: its bytes don't depend on the day that it is made. */
const created = "1970-01-01T00:00:00Z";

/** A document of an image: its bytes, and what they are known by. */
export interface Document extends Blob {
    readonly content: Buffer;
}

function document(value: unknown): Document {
    const content = Buffer.from(JSON.stringify(value));
    return { content, size: content.length, digest: `sha256:${createHash("sha256").update(content).digest("hex")}` };
}

/** How containers of an image run, and what its file system is made of. */
export function imageConfig(recipe: ImageRecipe, layer: Blob, labels: Readonly<Record<string, string>>): Document {
    const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...recipe.environment };
    return document({
        created,
        architecture,
        os: "linux",
        config: {
            ...(recipe.user === undefined ? {} : { User: recipe.user }),
            Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
            ...(recipe.entrypoint === undefined ? {} : { Entrypoint: recipe.entrypoint }),
            ...(recipe.command === undefined ? {} : { Cmd: recipe.command }),
            ...(recipe.volumes === undefined
                ? {}
                : { Volumes: Object.fromEntries(recipe.volumes.map((folder) => [folder, {}])) }),
            WorkingDir: recipe.workingDirectory ?? "/",
            Labels: labels,
        },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
        history: [{ created, created_by: "perch sandbox" }],
    });
}

/** What a client asks for first: the parts of an image. */
export function imageManifest(config: Blob, layer: Blob): Document {
    return document({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size },
        layers: [{ mediaType: mediaTypes.layer, digest: layer.digest, size: layer.size }],
    });
}
