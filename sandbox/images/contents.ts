import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { rootCertificates } from "node:tls";
import type { ImageRecipe } from "./recipe";
import { ImageTree } from "./tree";

/** Where the parts of an image are on this machine. */
export interface Inputs {
    /** Program of each tool. */
    readonly programs: Readonly<Record<string, string>>;
    /** Folder of the unpacked packages, if the recipe has any. */
    readonly packages?: string;
    /** busybox, if the recipe has a shell. */
    readonly busybox?: string;
}

/** The file system of an image. */
export function contentsOf(recipe: ImageRecipe, inputs: Inputs): ImageTree {
    const tree = new ImageTree();
    if (inputs.packages !== undefined) {
        tree.folder(inputs.packages);
    }
    if (recipe.bare !== true) {
        addBase(tree, recipe);
    }
    if (inputs.busybox !== undefined) {
        addShell(tree, inputs.busybox);
    }
    for (const [name, tool] of Object.entries(recipe.programs ?? {})) {
        const file = inputs.programs[tool];
        if (file === undefined) {
            throw new Error(`no program for ${tool}`);
        }
        tree.file(name, file, 0o755);
    }
    for (const [name, { owner, mode }] of Object.entries(recipe.directories ?? {})) {
        tree.directory(name, { owner, mode });
    }
    for (const [name, content] of Object.entries(recipe.files ?? {})) {
        tree.text(name, content);
    }
    return tree;
}

/** What programs expect of any system: users, where names are looked up, the public certificate authorities. */
function addBase(tree: ImageTree, { users = {} }: ImageRecipe): void {
    const all: [string, number][] = [["root", 0], ...Object.entries(users)];
    const home = (name: string): string => (name === "root" ? "/root" : "/");
    tree.text(
        "etc/passwd",
        all.map(([name, id]) => `${name}:x:${id}:${id}:${name}:${home(name)}:/sbin/nologin\n`).join(""),
    );
    tree.text("etc/group", all.map(([name, id]) => `${name}:x:${id}:\n`).join(""));
    tree.text("etc/nsswitch.conf", "hosts: files dns\n");
    tree.text("etc/ssl/certs/ca-certificates.crt", `${rootCertificates.join("\n")}\n`);
    tree.directory("tmp", { mode: 0o1777 });
    tree.directory("root", { mode: 0o700 });
}

/** busybox under the name of each of its commands. A command that the packages bring stays. */
function addShell(tree: ImageTree, busybox: string): void {
    tree.file("bin/busybox", busybox, 0o755);
    const commands = execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n");
    for (const command of commands) {
        const places = ["bin", "usr/bin", "sbin", "usr/sbin"].map((folder) => path.posix.join(folder, command));
        if (!places.some((place) => tree.has(place))) {
            tree.link(`bin/${command}`, "/bin/busybox");
        }
    }
}
