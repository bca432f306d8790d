import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as z from "zod";
import { inCache } from "../paths";
import { readJsonIfValid, writePrivateFileIfChanged } from "../processes/files";
import { UserError } from "../../cli/errors";
import type { Blob } from "./layer";

const digestPattern = /^sha256:([0-9a-f]{64})$/;

export function isDigest(text: string): boolean {
    return digestPattern.test(text);
}

/** What is known of an image that is in the store. */
export interface StoredImage {
    /** Of its manifest. */
    readonly digest: string;
    /** Everything that it was made from; an image of another key under this reference is outdated. */
    readonly key: string;
    /** The same by the files' names, sizes and times: as long as that is the same, nobody has to read them. */
    readonly look?: string;
    /** Digests of all that it consists of, as far as it was made here. */
    readonly blobs: readonly string[];
}

const storedImageSchema = z.object({
    digest: z.string(),
    key: z.string(),
    look: z.string().optional(),
    blobs: z.array(z.string()),
});

/** Images and their parts in the user's cache, each part once, under its digest. */
export class ImageStore {
    constructor(private readonly folder = inCache("images")) {}

    /** The image that is kept under a reference, if all of its parts are there. */
    find(reference: string): StoredImage | undefined {
        const parsed = storedImageSchema.safeParse(readJsonIfValid(this.indexFile(reference)));
        return parsed.success && [parsed.data.digest, ...parsed.data.blobs].every((digest) => this.has(digest))
            ? parsed.data
            : undefined;
    }

    /** Keeps an image under a reference; what only its predecessor consisted of goes. */
    keep(reference: string, image: StoredImage): void {
        const before = this.find(reference);
        writePrivateFileIfChanged(this.indexFile(reference), `${JSON.stringify(image, undefined, 2)}\n`);
        const used = new Set(this.all().flatMap(({ digest, blobs }) => [digest, ...blobs]));
        for (const digest of before === undefined ? [] : [before.digest, ...before.blobs]) {
            if (!used.has(digest)) {
                fs.rmSync(this.fileOf(digest), { force: true });
            }
        }
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

    private all(): StoredImage[] {
        const folder = path.join(this.folder, "index");
        return fs.readdirSync(folder).flatMap((file) => {
            const parsed = storedImageSchema.safeParse(readJsonIfValid(path.join(folder, file)));
            return parsed.success ? [parsed.data] : [];
        });
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
