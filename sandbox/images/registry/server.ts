import * as fs from "node:fs";
import * as http from "node:http";
import { pipeline } from "node:stream";
import { UserError, messageOf } from "../../../cli/errors";
import type { ImageBuilder } from "../builder";
import { catalog, catalogFile } from "../catalog";
import { mediaTypes } from "../documents";
import type { ImageRecipe } from "../recipe";
import { formatReference, parseReference, type Reference } from "../reference";
import { isDigest, type ImageStore } from "../store";
import { RegistryError } from "./errors";
import type { Upstream } from "./upstream";

/** What the registry gives images from. */
export interface RegistryParts {
    readonly store: ImageStore;
    readonly builder: Pick<ImageBuilder, "ensure">;
    readonly upstream: Pick<Upstream, "canReach" | "manifest" | "blob">;
    /** @default all that is known */
    readonly catalog?: typeof catalog;
    /** Told each request that is refused, in one line. */
    readonly log: (line: string) => void;
}

/** An answer that has a body: from a file, or none for now. */
interface Answer {
    readonly type: string;
    readonly digest: string;
    readonly file: string;
}

/**
 * A registry to pull from, as the OCI distribution specification 1.1 has it. Clients say by `ns` which registry they mean:
 * where that can be reached, its image is passed on, and kept for when it can't; else an image of the same name is made here.
 */
export function createRegistry(parts: RegistryParts): http.Server {
    return http.createServer((request, response) => {
        answer(parts, request, response).catch((error: unknown) => {
            refuse(parts, request, response, error);
        });
    });
}

async function answer(parts: RegistryParts, request: http.IncomingMessage, response: http.ServerResponse) {
    const url = new URL(request.url ?? "/", "http://registry.invalid");
    if (request.method !== "GET" && request.method !== "HEAD") {
        throw new RegistryError(
            405,
            "UNSUPPORTED",
            `This registry is for pulling only: ${request.method ?? ""} isn't served`,
        );
    }
    response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
    if (url.pathname === "/v2/" || url.pathname === "/v2") {
        response.setHeader("Content-Type", "application/json").end("{}");
        return;
    }
    const [, name, kind, version] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url.pathname) ?? [];
    if (name === undefined || version === undefined) {
        throw new RegistryError(404, "UNSUPPORTED", `${url.pathname} isn't served: only manifests and blobs are`);
    }
    const reference = referenceOf(parts, url.searchParams.get("ns"), name, version);
    send(request, response, kind === "blobs" ? await blob(parts, reference) : await manifest(parts, reference));
}

/** A client that names no registry means the one that has a known image of this name. */
function referenceOf(parts: RegistryParts, ns: string | null, name: string, version: string): Reference {
    const known = [...(parts.catalog ?? catalog).keys()].map(parseReference);
    const registry = ns ?? known.find(({ repository }) => repository === name)?.registry ?? "docker.io";
    const text = `${registry}/${name}${isDigest(version) ? "@" : ":"}${version}`;
    try {
        return parseReference(text);
    } catch (error) {
        throw new RegistryError(400, "NAME_INVALID", messageOf(error));
    }
}

async function manifest(parts: RegistryParts, reference: Reference): Promise<Answer> {
    const { store } = parts;
    const digest = await manifestDigest(parts, reference);
    const file = store.fileOf(digest);
    return { type: mediaTypeIn(file), digest, file };
}

async function manifestDigest(parts: RegistryParts, reference: Reference): Promise<string> {
    if (isDigest(reference.version) && parts.store.has(reference.version)) {
        return reference.version;
    }
    const name = formatReference(reference);
    const pulled = parts.store.findPulled(name);
    if (pulled !== undefined) {
        return pulled.digest;
    }
    if (await parts.upstream.canReach(reference.registry)) {
        return parts.upstream.manifest(reference);
    }
    const { digest } = await parts.builder.ensure(name, recipeOf(parts, reference));
    return digest;
}

function recipeOf(parts: RegistryParts, reference: Reference): ImageRecipe {
    const name = formatReference(reference);
    const entry = (parts.catalog ?? catalog).get(name);
    if (entry === undefined) {
        throw new RegistryError(
            404,
            "MANIFEST_UNKNOWN",
            `${name} isn't known here, and ${reference.registry} can't be reached: add it to ${catalogFile}`,
        );
    }
    if ("unavailable" in entry) {
        throw new RegistryError(404, "MANIFEST_UNKNOWN", `${name} can't be had here: ${entry.unavailable}`);
    }
    return entry.recipe;
}

async function blob({ store, upstream }: RegistryParts, reference: Reference): Promise<Answer> {
    const digest = reference.version;
    if (!isDigest(digest)) {
        throw new RegistryError(400, "DIGEST_INVALID", `"${digest}" isn't a digest: sha256: and 64 hexadecimal digits`);
    }
    if (!store.has(digest)) {
        if (!(await upstream.canReach(reference.registry))) {
            throw new RegistryError(
                404,
                "BLOB_UNKNOWN",
                `${formatReference(reference)} isn't part of an image made here`,
            );
        }
        await upstream.blob(reference);
    }
    return { type: "application/octet-stream", digest, file: store.fileOf(digest) };
}

/** A manifest says itself what it is; ones that don't are of the first kind that there was. */
function mediaTypeIn(file: string): string {
    const { mediaType } = JSON.parse(fs.readFileSync(file, "utf8")) as { mediaType?: string };
    return mediaType ?? mediaTypes.manifest;
}

function send(request: http.IncomingMessage, response: http.ServerResponse, { type, digest, file }: Answer): void {
    response.writeHead(200, {
        "Content-Type": type,
        "Content-Length": fs.statSync(file).size,
        "Docker-Content-Digest": digest,
        ETag: `"${digest}"`,
    });
    if (request.method === "HEAD") {
        response.end();
        return;
    }
    // A client that goes away in the middle is no fault of this server's.
    pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), response, () => undefined);
}

function refuse(
    { log }: RegistryParts,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    thrown: unknown,
): void {
    const error = asRegistryError(thrown);
    log(`${request.method ?? ""} ${request.url ?? ""}: ${error.status} ${error.message}`);
    if (response.headersSent) {
        response.destroy();
        return;
    }
    response.writeHead(error.status, { "Content-Type": "application/json" });
    response.end(request.method === "HEAD" ? undefined : error.body);
}

function asRegistryError(thrown: unknown): RegistryError {
    if (thrown instanceof RegistryError) {
        return thrown;
    }
    // The image is known, so asking again later makes sense.
    return thrown instanceof UserError
        ? new RegistryError(503, "UNAVAILABLE", thrown.message)
        : new RegistryError(500, "UNKNOWN", messageOf(thrown));
}
