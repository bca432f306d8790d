import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { build, type Plugin } from "esbuild";
import { z } from "zod";
import { UserError, messageOf } from "../../cli/errors";
import { projectRoot } from "../paths";
import { readIfExists, readJsonIfValid, writePrivateFile } from "../processes";

/** Bundles are made for it; the launcher runs them with the Node that runs the sandbox. */
const NODE_TARGET = "node22";

/** Of all packages that a bundle has anything of, this file says the version. */
const lockFile = "package-lock.json";

/** Hashes of the files that a bundle was made of, by their path in the project. */
const recordSchema = z.object({ target: z.string(), sources: z.record(z.string(), z.string()) });

/**
 * Large packages that a bundle loads when it first uses them. The engine starts one plugin after the other and waits for each,
 * and a preview without changes has nothing to do for most.
 */
const deferred = /^(@aws-sdk\/client-\w+|@peculiar\/x509)$/;

/** Resolves {@link deferred} packages to what has their exports, and loads them for the first that is read. */
const deferPackages: Plugin = {
    name: "defer-packages",
    setup(bundling) {
        const namespace = "deferred";
        bundling.onResolve({ filter: deferred }, ({ path: name, namespace: from, resolveDir }) =>
            from === namespace || isInPackages(resolveDir) ? undefined : { path: name, namespace },
        );
        bundling.onLoad({ filter: /^/, namespace }, ({ path: name }) => {
            const exported = Object.keys(createRequire(path.join(projectRoot, lockFile))(name) as object);
            const getters = exported.map((key) => `get ${key}() { return load().${key}; }`);
            return {
                contents: `const load = () => require("${name}");\nmodule.exports = { ${getters.join(", ")} };`,
                resolveDir: projectRoot,
            };
        });
    },
};

/** Packages refer to each other as they are. */
function isInPackages(folder: string): boolean {
    return folder.split(path.sep).includes("node_modules");
}

function hashOf(file: string): string | undefined {
    const content = readIfExists(path.join(projectRoot, file));
    return content === undefined ? undefined : createHash("sha256").update(content).digest("hex");
}

function isCurrent(bundle: string, record: string): boolean {
    const kept = recordSchema.safeParse(readJsonIfValid(record));
    return (
        fs.existsSync(bundle) &&
        kept.success &&
        kept.data.target === NODE_TARGET &&
        Object.entries(kept.data.sources).every(([file, hash]) => hashOf(file) === hash)
    );
}

/**
 * Bundles a program of the sandbox, so that it starts in a fraction of the time that a TypeScript loader takes. Nothing is
 * done when all that the last bundle was made of is the same.
 * @param entry path in the project
 * @param bundle where the bundle is to be
 * @throws UserError when the sources can't be bundled
 */
export async function ensureBundle(entry: string, bundle: string): Promise<void> {
    const record = `${bundle}.json`;
    if (isCurrent(bundle, record)) {
        return;
    }
    fs.rmSync(record, { force: true });
    fs.mkdirSync(path.dirname(bundle), { recursive: true, mode: 0o700 });
    try {
        const { metafile } = await build({
            absWorkingDir: projectRoot,
            entryPoints: [entry],
            outfile: bundle,
            bundle: true,
            platform: "node",
            format: "cjs",
            target: NODE_TARGET,
            logLevel: "silent",
            metafile: true,
            plugins: [deferPackages],
        });
        const own = Object.keys(metafile.inputs).filter((file) => !/^(node_modules\/|deferred:)/.test(file));
        const sources = Object.fromEntries([...own, lockFile].map((file) => [file, hashOf(file) ?? ""]));
        writePrivateFile(record, JSON.stringify({ target: NODE_TARGET, sources }));
    } catch (error) {
        throw new UserError(`Can't bundle ${entry}: ${messageOf(error)}`);
    }
}
