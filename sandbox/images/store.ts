import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as z from "zod";
import { inCache } from "../paths";
import { readJsonIfValid, writePrivateFileIfChanged } from "../processes/files";
import { UserError } from "../../cli/errors";
import { architecture } from "./documents";
import type { Blob } from "./layer";

const digestPattern = /^sha256:([0-9a-f]{64})$/;

export function isDigest(text: string): boolean {
    return digestPattern.test(text);
}

/** What is known of an image that is in the store. */
export interface StoredImage {
    /** Of its manifest, or of the list of those of several platforms. */
    readonly digest: string;
    readonly origin: ImageOrigin;
}

/** Where an image is from: its registry, or this machine. */
export type ImageOrigin = { readonly kind: "pulled" } | MadeHere;

export interface MadeHere {
    readonly kind: "made";
    /** Everything that it was made from; an image of another key under this reference is outdated. */
    readonly key: string;
    /** The same by the files' names, sizes and times: as long as that is the same, nobody has to read them. */
    readonly look?: string;
}

/** An image that was made here. */
export interface MadeImage extends StoredImage {
    readonly origin: MadeHere;
}

export function isMade(image: StoredImage): image is MadeImage {
    return image.origin.kind === "made";
}

const madeSchema = z.object({ key: z.string(), look: z.string().optional() });

const storedImageSchema = z.union([
    z.object({
        digest: z.string(),
        origin: z.discriminatedUnion("kind", [
            z.object({ kind: z.literal("pulled") }),
            madeSchema.extend({ kind: z.literal("made") }),
        ]),
    }),
    // As files were before they named the origin: a pulled image had the key "official" there.
    madeSchema.extend({ digest: z.string() }).transform(({ digest, ...made }): StoredImage => ({
        digest,
        origin: made.key === "official" ? { kind: "pulled" } : { kind: "made", ...made },
    })),
]);

/** The parts that an image's manifest names, or the manifests that a list of several platforms' names. */
const manifestSchema = z.union([
    z.object({ config: z.object({ digest: z.string() }), layers: z.array(z.object({ digest: z.string() })) }),
    z.object({
        manifests: z.array(
            z.object({
                digest: z.string(),
                platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
            }),
        ),
    }),
]);

/** Images and their parts in the user's cache, each part once, under its digest. */
export class ImageStore {
    constructor(private readonly folder = inCache("images")) {}

    /** The image that is kept under a reference. Parts of a pulled one may be missing: they come when they are asked for. */
    find(reference: string): StoredImage | undefined {
        const image = this.read(this.indexFile(reference));
        return image !== undefined && (isMade(image) ? this.isWhole(image) : this.has(image.digest))
            ? image
            : undefined;
    }

    /** The image of a reference that was pulled and is here as a whole, so that nobody has to reach its registry. */
    findPulled(reference: string): StoredImage | undefined {
        const image = this.find(reference);
        return image !== undefined && !isMade(image) && this.isWhole(image) ? image : undefined;
    }

    /** Keeps an image under a reference; what only its predecessor consisted of goes. */
    keep(reference: string, image: StoredImage): void {
        const before = this.find(reference);
        writePrivateFileIfChanged(this.indexFile(reference), `${JSON.stringify(image, undefined, 2)}\n`);
        if (before === undefined || before.digest === image.digest) {
            return;
        }
        const used = new Set(this.all().flatMap(({ digest }) => this.partsOf(digest)));
        for (const digest of this.partsOf(before.digest).filter((part) => !used.has(part))) {
            fs.rmSync(this.fileOf(digest), { force: true });
        }
    }

    /** Digests of all that an image consists of on this platform, as far as the manifests are here that name them. */
    partsOf(digest: string): string[] {
        const parsed = manifestSchema.safeParse(isDigest(digest) ? readJsonIfValid(this.fileOf(digest)) : undefined);
        if (!parsed.success) {
            return [digest];
        }
        const { data } = parsed;
        if ("manifests" in data) {
            const own = data.manifests.filter(
                ({ platform }) => platform?.os === "linux" && platform.architecture === architecture,
            );
            return [digest, ...own.flatMap((manifest) => this.partsOf(manifest.digest))];
        }
        return [digest, data.config.digest, ...data.layers.map((layer) => layer.digest)];
    }

    has(digest: string): boolean {
        return isDigest(digest) && fs.existsSync(this.fileOf(digest));
    }

    /** Where a blob is, or will be. */
    fileOf(digest: string): string {
        const [, hash] = digestPattern.exec(digest) ?? [];
        if (hash === undefined) {
            throw new UserError(`"${digest}" isn't the digest of a blob.`);
        }
        return path.join(this.folder, "blobs", "sha256", hash);
    }

    /** A place for a blob that is being written, on the store's own disk. */
    draft(): string {
        const folder = path.join(this.folder, "drafts");
        fs.mkdirSync(folder, { recursive: true });
        this.sweep(folder);
        return path.join(folder, `${process.pid}-${crypto.randomUUID()}`);
    }

    /** Makes a finished draft part of the store, in one step. */
    adopt(draft: string, { digest }: Blob): void {
        const file = this.fileOf(digest);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.renameSync(draft, file);
    }

    /** Keeps a small blob. */
    write(content: Buffer, blob: Blob): void {
        const draft = this.draft();
        fs.writeFileSync(draft, content);
        this.adopt(draft, blob);
    }

    private isWhole({ digest }: StoredImage): boolean {
        return this.partsOf(digest).every((part) => this.has(part));
    }

    private read(file: string): StoredImage | undefined {
        const parsed = storedImageSchema.safeParse(readJsonIfValid(file));
        return parsed.success ? parsed.data : undefined;
    }

    private all(): StoredImage[] {
        const folder = path.join(this.folder, "index");
        return fs.readdirSync(folder).flatMap((file) => this.read(path.join(folder, file)) ?? []);
    }

    private indexFile(reference: string): string {
        return path.join(this.folder, "index", `${encodeURIComponent(reference)}.json`);
    }

    /** Drafts of processes that were killed. */
    private sweep(folder: string): void {
        const hourAgo = Date.now() - 3_600_000;
        for (const name of fs.readdirSync(folder)) {
            const file = path.join(folder, name);
            if ((fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < hourAgo) {
                fs.rmSync(file, { force: true });
            }
        }
    }
}
