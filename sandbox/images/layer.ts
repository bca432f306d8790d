import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Header } from "tar";
import { UserError } from "../../cli/errors";
import type { Entry } from "./tree";

const blockSize = 512;

/** A blob's identity. */
export interface Blob {
    /** `sha256:` and 64 hexadecimal digits. */
    readonly digest: string;
    /** Bytes. */
    readonly size: number;
}

/**
 * Writes a layer: a tar archive of nothing but what the members say, so that the same members give the same bytes on
 * every machine and day. It isn't compressed, since it only travels within the machine.
 */
export async function writeLayer(entries: readonly Entry[], file: string): Promise<Blob> {
    const hash = createHash("sha256");
    let size = 0;
    const source = Readable.from(tar(entries), { objectMode: false });
    await pipeline(
        source,
        async function* (chunks: AsyncIterable<Buffer>) {
            for await (const chunk of chunks) {
                hash.update(chunk);
                size += chunk.length;
                yield chunk;
            }
        },
        fs.createWriteStream(file),
    );
    return { digest: `sha256:${hash.digest("hex")}`, size };
}

async function* tar(entries: readonly Entry[]): AsyncGenerator<Buffer> {
    for (const entry of entries) {
        yield header(entry);
        if (entry.kind === "file") {
            let sent = 0;
            for await (const chunk of contentOf(entry.content)) {
                sent += chunk.length;
                yield chunk;
            }
            if (sent !== entry.size) {
                throw new UserError(`/${entry.path} changed while its image was made: run the command again.`);
            }
            yield Buffer.alloc((blockSize - (sent % blockSize)) % blockSize);
        }
    }
    // Two empty blocks end the archive.
    yield Buffer.alloc(2 * blockSize);
}

function contentOf(content: { file: string } | Buffer): AsyncIterable<Buffer> {
    return Buffer.isBuffer(content)
        ? Readable.from([content])
        : fs.createReadStream(content.file, { highWaterMark: 1 << 20 });
}

const types = { directory: "Directory", file: "File", link: "SymbolicLink" } as const;

function header(entry: Entry): Buffer {
    const made = new Header({
        path: entry.kind === "directory" ? `${entry.path}/` : entry.path,
        type: types[entry.kind],
        mode: entry.kind === "link" ? 0o777 : entry.mode,
        uid: entry.owner,
        gid: entry.owner,
        size: entry.kind === "file" ? entry.size : 0,
        linkpath: entry.kind === "link" ? entry.target : undefined,
        mtime: new Date(0),
    });
    if (made.encode() || made.block === undefined) {
        throw new UserError(`/${entry.path} has too long a name for a layer of an image.`);
    }
    return made.block;
}
