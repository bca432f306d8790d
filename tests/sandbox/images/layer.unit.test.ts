import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { list, type ReadEntry } from "tar";
import { UserError } from "../../../cli/errors";
import { writeLayer } from "../../../sandbox/images/layer";
import { ImageTree } from "../../../sandbox/images/tree";

interface Listed {
    path: string;
    type: string;
    mode?: number;
    owner?: number;
    group?: number;
    size: number;
    target?: string;
    time?: number;
}

describe("images: layers", () => {
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-layer-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    function members(file: string): Listed[] {
        const found: Listed[] = [];
        list({
            file,
            sync: true,
            onReadEntry: (entry: ReadEntry) => {
                found.push({
                    path: entry.path,
                    type: entry.type,
                    mode: entry.mode,
                    owner: entry.uid,
                    group: entry.gid,
                    size: entry.size,
                    target: entry.linkpath,
                    time: entry.mtime?.getTime(),
                });
            },
        });
        return found;
    }

    it("holds just the members, folders first, of no time and no machine", async () => {
        const program = path.join(folder, "program");
        fs.writeFileSync(program, "x".repeat(1000), { mode: 0o700 });
        const tree = new ImageTree();
        tree.text("etc/passwd", "root\n");
        tree.file("/usr/bin/program", program, 0o755);
        tree.link("bin/sh", "/bin/busybox");
        tree.directory("data", { owner: 10001, mode: 0o770 });
        const file = path.join(folder, "layer.tar");
        const blob = await writeLayer(tree.entries, file);
        const folderOf = (name: string): Listed => ({
            path: `${name}/`,
            type: "Directory",
            mode: 0o755,
            owner: 0,
            group: 0,
            size: 0,
            target: undefined,
            time: 0,
        });
        expect(members(file)).to.deep.equal([
            folderOf("bin"),
            { ...folderOf("bin"), path: "bin/sh", type: "SymbolicLink", mode: 0o777, target: "/bin/busybox" },
            { ...folderOf("data"), mode: 0o770, owner: 10001, group: 10001 },
            folderOf("etc"),
            { ...folderOf("etc"), path: "etc/passwd", type: "File", mode: 0o644, size: 5 },
            folderOf("usr"),
            folderOf("usr/bin"),
            { ...folderOf("usr"), path: "usr/bin/program", type: "File", mode: 0o755, size: 1000 },
        ]);
        const content = fs.readFileSync(file);
        expect(blob).to.deep.equal({
            digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
            size: content.length,
        });
    });

    it("has the same bytes whenever and in whatever order it is put together", async () => {
        const parts: ((tree: ImageTree) => void)[] = [
            (tree) => {
                tree.text("etc/group", "a");
            },
            (tree) => {
                tree.text("etc/passwd", "b");
            },
            (tree) => {
                tree.link("bin/sh", "busybox");
            },
        ];
        const digests = await Promise.all(
            [parts, parts.toReversed()].map(async (order, index) => {
                const tree = new ImageTree();
                for (const add of order) {
                    add(tree);
                }
                return (await writeLayer(tree.entries, path.join(folder, `${index}`))).digest;
            }),
        );
        expect(digests[0]).to.equal(digests[1]);
    });

    it("puts things where they belong when packages have made a folder a link", () => {
        const tree = new ImageTree();
        tree.link("bin", "usr/bin");
        tree.text("bin/sh", "");
        tree.link("usr/lib64", "/usr/lib");
        tree.text("usr/lib64/ld.so", "");
        expect(tree.entries.map((entry) => entry.path)).to.deep.equal([
            "bin",
            "usr",
            "usr/bin",
            "usr/bin/sh",
            "usr/lib",
            "usr/lib/ld.so",
            "usr/lib64",
        ]);
        expect(tree.has("bin/sh")).to.equal(true);
        expect(tree.has("bin/bash")).to.equal(false);
    });

    it("takes a folder of the machine as it is, and nothing that an image can't hold", () => {
        fs.mkdirSync(path.join(folder, "root", "etc"), { recursive: true });
        fs.writeFileSync(path.join(folder, "root", "etc", "key"), "k");
        fs.chmodSync(path.join(folder, "root", "etc", "key"), 0o600);
        fs.symlinkSync("etc/key", path.join(folder, "root", "link"));
        const tree = new ImageTree();
        tree.folder(path.join(folder, "root"));
        expect(tree.entries).to.deep.equal([
            { kind: "directory", path: "etc", owner: 0, mode: 0o755 },
            {
                kind: "file",
                path: "etc/key",
                owner: 0,
                mode: 0o600,
                size: 1,
                content: { file: path.join(folder, "root", "etc", "key") },
            },
            { kind: "link", path: "link", owner: 0, target: "etc/key" },
        ]);
        execFileSync("mkfifo", [path.join(folder, "root", "pipe")]);
        expect(() => {
            new ImageTree().folder(path.join(folder, "root"));
        }).to.throw(UserError, "can't be part of an image");
    });

    it("notices a program that changes meanwhile, and a name that is too long", async () => {
        const program = path.join(folder, "program");
        fs.writeFileSync(program, "1234");
        const tree = new ImageTree();
        tree.file("program", program, 0o755);
        fs.appendFileSync(program, "5");
        await refused(writeLayer(tree.entries, path.join(folder, "a")), "changed while its image was made");
        const long = new ImageTree();
        long.text("x".repeat(300), "");
        await refused(writeLayer(long.entries, path.join(folder, "b")), "too long a name");
    });

    async function refused(attempt: Promise<unknown>, message: string): Promise<void> {
        const error: unknown = await attempt.then(
            () => undefined,
            (thrown: unknown) => thrown,
        );
        expect(error).to.be.instanceOf(UserError);
        expect((error as Error).message).to.contain(message);
    }
});
