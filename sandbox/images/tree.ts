import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../cli/errors";

/** One member of an image's file system. Paths are within the image, without a slash at either end. */
export type Entry = DirectoryEntry | FileEntry | LinkEntry;

interface EntryBase {
    readonly path: string;
    /** Number of the user and the group. */
    readonly owner: number;
}

export interface DirectoryEntry extends EntryBase {
    readonly kind: "directory";
    readonly mode: number;
}

export interface FileEntry extends EntryBase {
    readonly kind: "file";
    readonly mode: number;
    /** Bytes. */
    readonly size: number;
    /** Where the content is: in a file of this machine, or here. */
    readonly content: { readonly file: string } | Buffer;
}

export interface LinkEntry extends EntryBase {
    readonly kind: "link";
    readonly target: string;
}

/** A file system that is put together in memory: a later member takes the place of an earlier one of the same path. */
export class ImageTree {
    private readonly members = new Map<string, Entry>();

    /** All members, folders before what is in them. */
    get entries(): Entry[] {
        return [...this.members.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    }

    directory(name: string, { owner = 0, mode = 0o755 }: { owner?: number; mode?: number } = {}): void {
        this.add({ kind: "directory", path: name, owner, mode });
    }

    text(name: string, content: string, mode = 0o644): void {
        const bytes = Buffer.from(content);
        this.add({ kind: "file", path: name, owner: 0, mode, size: bytes.length, content: bytes });
    }

    /** A file of this machine; links are followed. */
    file(name: string, file: string, mode: number): void {
        this.add({ kind: "file", path: name, owner: 0, mode, size: fs.statSync(file).size, content: { file } });
    }

    link(name: string, target: string): void {
        this.add({ kind: "link", path: name, owner: 0, target });
    }

    has(name: string): boolean {
        return this.members.has(this.place(name));
    }

    /** All that is below a folder of this machine, owned by root. */
    folder(folder: string, below = ""): void {
        for (const member of fs.readdirSync(path.join(folder, below), { withFileTypes: true })) {
            const name = path.join(below, member.name);
            const source = path.join(folder, name);
            const mode = fs.lstatSync(source).mode & 0o777;
            if (member.isSymbolicLink()) {
                this.link(name, fs.readlinkSync(source));
            } else if (member.isDirectory()) {
                this.directory(name, { mode });
                this.folder(folder, name);
            } else if (member.isFile()) {
                this.file(name, source, mode);
            } else {
                throw new UserError(`${source} is neither a file, a folder nor a link: it can't be part of an image.`);
            }
        }
    }

    private add(entry: Entry): void {
        const place = this.place(entry.path);
        const parent = path.posix.dirname(place);
        if (parent !== "." && !this.members.has(parent)) {
            this.directory(parent);
        }
        this.members.set(place, { ...entry, path: place });
    }

    /** Where a path really is: packages may have made `bin` a link to `usr/bin`. */
    private place(name: string): string {
        const parts = path.posix
            .normalize(name)
            .split("/")
            .filter((part) => part !== "" && part !== ".");
        let place = "";
        for (const [index, part] of parts.entries()) {
            const next = path.posix.join(place, part);
            const member = this.members.get(next);
            const isParent = index < parts.length - 1;
            place =
                isParent && member?.kind === "link"
                    ? path.posix.join(member.target.startsWith("/") ? "" : place, member.target).replace(/^\/+/, "")
                    : next;
        }
        return place;
    }
}
