import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { hasCode, rootMessageOf } from "../../../cli/errors";
import { formatReference, type Reference } from "../reference";
import { isDigest, isMade, type ImageStore } from "../store";
import { RegistryError } from "./errors";

/** Milliseconds that a registry may take to answer, and for which a transfer may stand still. */
const timeLimits = { answer: 8_000, silence: 60_000 };
/** A token is renewed this long before it runs out. Milliseconds. */
const tokenMargin = 15_000;
/** What a registry grants where it doesn't say for how long, by Docker's token specification. Seconds. */
const defaultTokenSeconds = 60;
/** After this time it is tried again whether a registry can be reached. Milliseconds. */
const reachabilityLifetime = 600_000;

/** All kinds of manifests that there are. */
const manifestTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

interface Token {
    readonly value: string;
    /** Time, in milliseconds. */
    readonly until: number;
}

/** The official registries, as far as they can be reached from here: what they give is checked and kept. */
export class Upstream {
    private readonly tokens = new Map<string, Token>();
    private readonly reachable = new Map<string, { answer: Promise<boolean>; asked: number }>();

    /** @param addresses addresses of registries that aren't at `https://<name>` */
    constructor(
        private readonly store: ImageStore,
        private readonly addresses: Readonly<Record<string, string>> = {},
        private readonly limits = timeLimits,
    ) {}

    /** Whether a registry answers from here; asked once in ten minutes. */
    canReach(registry: string): Promise<boolean> {
        const known = this.reachable.get(registry);
        if (known !== undefined && Date.now() - known.asked < reachabilityLifetime) {
            return known.answer;
        }
        const answer = this.request(`${this.addressOf(registry)}/v2/`, {}).then(
            async (response) => {
                await response.body?.cancel();
                // It wants to know who asks, as most do, or it doesn't.
                return response.ok || response.status === 401;
            },
            () => false,
        );
        this.reachable.set(registry, { answer, asked: Date.now() });
        return answer;
    }

    /**
     * Sees to it that the manifest of the registry is in the store; it takes the place of that of an image made here.
     * @returns its digest
     */
    async manifest(reference: Reference): Promise<string> {
        const name = formatReference(reference);
        const kept = this.store.find(name);
        const pulled = kept === undefined || isMade(kept) ? undefined : kept.digest;
        const known = isDigest(reference.version) ? reference.version : pulled;
        if (known !== undefined && this.store.has(known)) {
            return known;
        }
        const response = await this.get(reference, `manifests/${reference.version}`, {
            Accept: manifestTypes.join(", "),
        });
        const content = Buffer.from(await response.arrayBuffer());
        const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
        const promised = known ?? response.headers.get("Docker-Content-Digest");
        if (promised !== null && promised !== digest) {
            throw corrupt(name, promised, digest);
        }
        this.store.write(content, { digest, size: content.length });
        if (!isDigest(reference.version)) {
            this.store.keep(name, { digest, origin: { kind: "pulled" } });
        }
        return digest;
    }

    /** Sees to it that a blob is in the store, whole. */
    async blob(reference: Reference): Promise<void> {
        const digest = reference.version;
        if (this.store.has(digest)) {
            return;
        }
        const response = await this.get(reference, `blobs/${digest}`, {});
        const draft = this.store.draft();
        try {
            const { actual, size } = await this.save(response, draft);
            if (actual !== digest) {
                throw corrupt(formatReference(reference), digest, actual);
            }
            this.store.adopt(draft, { digest, size });
        } catch (error) {
            if (error instanceof RegistryError || hasCode(error, "ENOSPC")) {
                throw error;
            }
            throw new RegistryError(502, "UNAVAILABLE", `${formatReference(reference)}: ${rootMessageOf(error)}`);
        } finally {
            fs.rmSync(draft, { force: true });
        }
    }

    private async save(response: Response, file: string): Promise<{ actual: string; size: number }> {
        const hash = createHash("sha256");
        let size = 0;
        const stall = new AbortController();
        const timer = setTimeout(() => {
            stall.abort(new Error(`nothing came for ${this.limits.silence / 1000} s`));
        }, this.limits.silence);
        try {
            const source = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
            source.on("data", (chunk: Buffer) => {
                timer.refresh();
                hash.update(chunk);
                size += chunk.length;
            });
            await pipeline(source, fs.createWriteStream(file), { signal: stall.signal });
        } finally {
            clearTimeout(timer);
        }
        return { actual: `sha256:${hash.digest("hex")}`, size };
    }

    /** Asks a registry, as nobody in particular: with a token where it wants one. */
    private async get(reference: Reference, what: string, headers: Record<string, string>): Promise<Response> {
        const { registry, repository } = reference;
        const url = `${this.addressOf(registry)}/v2/${repository}/${what}`;
        const scope = `${registry}/${repository}`;
        const known = this.tokens.get(scope);
        const attempt = (token: string | undefined): Promise<Response> =>
            this.request(url, token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` });
        let response = await attempt(known !== undefined && known.until > Date.now() ? known.value : undefined);
        if (response.status === 401) {
            await response.body?.cancel();
            const token = await this.newToken(response.headers.get("WWW-Authenticate") ?? "", reference);
            this.tokens.set(scope, token);
            response = await attempt(token.value);
        }
        if (!response.ok) {
            await response.body?.cancel();
            const unknown = response.status === 404;
            throw new RegistryError(
                unknown ? 404 : 502,
                unknown ? (what.startsWith("blobs/") ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN") : "UNAVAILABLE",
                `${registry} answers ${response.status} when asked for ${formatReference(reference)}`,
            );
        }
        return response;
    }

    private async newToken(challenge: string, { registry, repository }: Reference): Promise<Token> {
        const parameters = Object.fromEntries(
            [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
        );
        const { realm, service, scope = `repository:${repository}:pull` } = parameters;
        if (!/^bearer /i.test(challenge) || realm === undefined) {
            throw new RegistryError(502, "UNAVAILABLE", `${registry} gives ${repository} only to those it knows`);
        }
        const url = new URL(realm);
        url.searchParams.set("scope", scope);
        if (service !== undefined) {
            url.searchParams.set("service", service);
        }
        const response = await this.request(url.href, {});
        const answer = response.ok
            ? ((await response.json()) as { token?: string; access_token?: string; expires_in?: number })
            : {};
        const value = answer.token ?? answer.access_token;
        if (value === undefined) {
            throw new RegistryError(502, "UNAVAILABLE", `${url.host} answers ${response.status} and gives no token`);
        }
        const seconds = answer.expires_in ?? defaultTokenSeconds;
        return { value, until: Date.now() + seconds * 1000 - tokenMargin };
    }

    private async request(url: string, headers: Record<string, string>): Promise<Response> {
        const answer = new AbortController();
        const timer = setTimeout(() => {
            answer.abort(new Error(`no answer in ${this.limits.answer / 1000} s`));
        }, this.limits.answer);
        try {
            return await fetch(url, { headers, signal: answer.signal });
        } catch (error) {
            throw new RegistryError(
                502,
                "UNAVAILABLE",
                `${new URL(url).host} can't be reached (${rootMessageOf(error)})`,
            );
        } finally {
            clearTimeout(timer);
        }
    }

    private addressOf(registry: string): string {
        // Images of docker.io are kept elsewhere than under that name.
        return this.addresses[registry] ?? `https://${registry === "docker.io" ? "registry-1.docker.io" : registry}`;
    }
}

function corrupt(name: string, promised: string, actual: string): RegistryError {
    return new RegistryError(502, "UNAVAILABLE", `${name} came as ${actual} in place of ${promised}: it isn't used`);
}
