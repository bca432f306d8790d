import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { pipeline } from "node:stream/promises";
import { UserError, hasCode } from "../../cli/errors";
import { cacheDir } from "../paths";
import { findPackages, findStored, toolOf, type BuiltToolName } from "../toolchain";
import { diskFull } from "../toolchain/disk";
import { whileAllLocked } from "../toolchain/store";
import { contentsOf, type Inputs } from "./contents";
import { imageConfig, imageManifest } from "./documents";
import { writeLayer } from "./layer";
import type { ImageRecipe } from "./recipe";
import { ImageStore, isMade, type MadeImage, type StoredImage } from "./store";

/** Of what is made and how: images of an older one aren't used. */
const format = 1;

/** The Debian package that shells come from, and its program. */
const shellPackage = "busybox-static";
const shellProgram = ["bin/busybox", "usr/bin/busybox"];

/** What an image is made from. */
export interface Needs {
    readonly tools: readonly BuiltToolName[];
    /** Sets of Debian packages, each unpacked into a folder of its own. */
    readonly packages: readonly (readonly string[])[];
}

export function needsOf(recipe: ImageRecipe): Needs {
    return {
        tools: [...new Set(Object.values(recipe.programs ?? {}))],
        packages: [
            ...(recipe.packages === undefined ? [] : [recipe.packages]),
            ...(recipe.shell === true ? [[shellPackage]] : []),
        ],
    };
}

/** Makes images of programs and packages that are in the user's cache; each once, as long as those stay the same. */
export class ImageBuilder {
    private readonly underWay = new Map<string, Promise<MadeImage>>();

    constructor(private readonly store = new ImageStore()) {}

    /**
     * The image of a reference, made if it isn't in the store or was made of other parts.
     * @throws UserError when a tool or a package isn't in the cache
     */
    async ensure(reference: string, recipe: ImageRecipe): Promise<MadeImage> {
        const begun = this.underWay.get(reference);
        if (begun !== undefined) {
            return begun;
        }
        const work = this.ensureOnce(reference, recipe).finally(() => this.underWay.delete(reference));
        this.underWay.set(reference, work);
        return work;
    }

    private async ensureOnce(reference: string, recipe: ImageRecipe): Promise<MadeImage> {
        const { inputs, versions } = findInputs(reference, recipe);
        const files = [...Object.values(inputs.programs), ...(inputs.busybox === undefined ? [] : [inputs.busybox])];
        const keyOf = (states: readonly string[]): string =>
            sha256(JSON.stringify([format, process.arch, process.version, recipe, versions, states]));
        const look = keyOf(files.map(stateOf));
        const found = madeOf(this.store.find(reference));
        if (found?.origin.look === look) {
            return found;
        }
        const key = keyOf(await Promise.all(files.map(hashOf)));
        return this.whileLocked(async () => {
            const other = madeOf(this.store.find(reference));
            const { digest, origin } =
                other?.origin.key === key ? other : await this.make(reference, recipe, inputs, versions, key);
            const image: MadeImage = { digest, origin: { ...origin, look } };
            this.store.keep(reference, image);
            return image;
        });
    }

    private whileLocked<T>(work: () => Promise<T>): Promise<T> {
        const forever = new AbortController().signal;
        return whileAllLocked(["images"], () => undefined, forever, work);
    }

    private async make(
        reference: string,
        recipe: ImageRecipe,
        inputs: Inputs,
        versions: Readonly<Record<string, string>>,
        key: string,
    ): Promise<MadeImage> {
        const draft = this.store.draft();
        try {
            const layer = await writeLayer(contentsOf(recipe, inputs).entries, draft);
            this.store.adopt(draft, layer);
            const config = imageConfig(recipe, layer, labelsOf(versions));
            this.store.write(config.content, config);
            const manifest = imageManifest(config, layer);
            this.store.write(manifest.content, manifest);
            return { digest: manifest.digest, origin: { kind: "made", key } };
        } catch (error) {
            throw hasCode(error, "ENOSPC") ? diskFull(reference) : error;
        } finally {
            fs.rmSync(draft, { force: true });
        }
    }
}

function madeOf(image: StoredImage | undefined): MadeImage | undefined {
    return image !== undefined && isMade(image) ? image : undefined;
}

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

function stateOf(file: string): string {
    const { size, mtimeMs } = fs.statSync(file);
    return `${file} ${size} ${mtimeMs}`;
}

async function hashOf(file: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), hash);
    return hash.digest("hex");
}

/** Versions of all that is in an image, for whoever looks at it: a tag may promise another one. */
function labelsOf(versions: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(versions).map(([name, version]) => [`perch.version.${name}`, version]));
}

function findInputs(reference: string, recipe: ImageRecipe): { inputs: Inputs; versions: Record<string, string> } {
    const { tools, packages } = needsOf(recipe);
    const programs: Record<string, string> = {};
    const versions: Record<string, string> = {};
    const missing: string[] = [];
    for (const tool of tools) {
        const place = findStored(tool);
        if (place === undefined) {
            missing.push(tool);
        } else {
            programs[tool] = place;
            versions[tool] = toolOf(tool).version;
        }
    }
    const folders = packages.map((names) => {
        const found = findPackages(names);
        if (found === undefined) {
            missing.push(...names);
        }
        Object.assign(versions, found?.versions);
        return found?.folder;
    });
    if (missing.length > 0) {
        throw new UserError(
            `${reference} is made of ${missing.join(", ")}, which isn't in ${cacheDir} (any more): ` +
                "run the command that started this again.",
        );
    }
    const shell = recipe.shell === true ? folders.at(-1) : undefined;
    return {
        inputs: {
            programs,
            packages: recipe.packages === undefined ? undefined : folders[0],
            busybox: shell === undefined ? undefined : busyboxIn(shell),
        },
        versions,
    };
}

function busyboxIn(folder: string): string {
    const found = shellProgram.map((name) => `${folder}/${name}`).find(fs.existsSync);
    if (found === undefined) {
        throw new UserError(`The package ${shellPackage} of this distribution has no ${shellProgram.join(" nor ")}.`);
    }
    return found;
}
