import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../cli/errors";
import { inCache } from "../paths";
import { DownloadFailed, Downloader } from "./download";
import { downloadModule, findGo } from "./go-build";
import { certManagerModule, earlierOperatorModule, kwokModule, operatorModule, type GoModule } from "./sources";
import { whileAllLocked } from "./store";
import { openWorkspace } from "./workspace";

interface ModuleFolder {
    readonly module: GoModule;
    /** Path within the module. */
    readonly folder: string;
    /** SHA-256 over the folder's file names and contents, see {@link digestOf}: the same whichever way it came. */
    readonly digest: string;
    /** The same sources elsewhere, for machines without Go: a `.tar.gz` with one folder at its top. */
    readonly archive: { readonly url: string; readonly top: string };
}

/** Files that aren't programs and come from a project's sources, at the version of its programs. */
const moduleFolders = {
    /** Stages that KWOK needs to bring nodes and pods to life: `node/`, `pod/`, `volume/`. */
    "kwok-stages": {
        module: kwokModule,
        folder: "kustomize/stage",
        digest: "7355310bd43ea7081eb01f74a4e267e494f8a64dab1a3439ce8c4352290c263a",
        archive: github("kubernetes-sigs/kwok", kwokModule),
    },
    /** One YAML file per CRD of the Prometheus Operator. */
    "operator-crds": {
        module: operatorModule,
        folder: "example/prometheus-operator-crd",
        digest: "d51218b75d7aa402f53bb1225023d1cf0ec122b4526e12cd15e42fa6a64262fc",
        archive: github("prometheus-operator/prometheus-operator", operatorModule),
    },
    /** Those of the version from which an upgrade is tested. */
    "earlier-operator-crds": {
        module: earlierOperatorModule,
        folder: "example/prometheus-operator-crd",
        digest: "7a5d3a2091791fd23edd35d0681b8ec56eaa8b333404798ca2826b2d3534aabf",
        archive: github("prometheus-operator/prometheus-operator", earlierOperatorModule),
    },
    /** What the objects that a stack gives cert-manager are checked against. */
    "cert-manager-crds": {
        module: certManagerModule,
        folder: "deploy/crds",
        digest: "78fcad8f29e24b8ba3d71b6ee0c350f3a2a565cf97fab580a67ba801da24026f",
        archive: github("cert-manager/cert-manager", certManagerModule),
    },
} as const satisfies Record<string, ModuleFolder>;

export type ModuleFolderName = keyof typeof moduleFolders;

function github(repository: string, { version }: GoModule): ModuleFolder["archive"] {
    return {
        url: `https://github.com/${repository}/archive/refs/tags/${version}.tar.gz`,
        top: `${repository.split("/")[1] ?? ""}-${version.slice(1)}`,
    };
}

/**
 * Sees to it that files of a project's sources are in the user's cache: got with Go, else from GitHub.
 * @returns the absolute path of the folder that holds them; not to be changed
 */
export async function moduleFiles(name: ModuleFolderName, signal = new AbortController().signal): Promise<string> {
    const wanted: ModuleFolder = moduleFolders[name];
    const key = `${name}-${wanted.module.version.slice(1)}`;
    const target = inCache("files", key);
    if (fs.existsSync(target)) {
        return target;
    }
    return whileAllLocked(
        [key],
        () => undefined,
        signal,
        async () => {
            if (!fs.existsSync(target)) {
                await fetchFolder(name, wanted, target, signal);
            }
            return target;
        },
    );
}

async function fetchFolder(name: string, wanted: ModuleFolder, target: string, signal: AbortSignal): Promise<void> {
    const workspace = await openWorkspace();
    try {
        const source = await getSource(name, wanted, workspace.folder, signal);
        const draft = path.join(workspace.folder, "draft");
        fs.cpSync(source, draft, { recursive: true });
        const digest = digestOf(draft);
        if (digest !== wanted.digest) {
            throw new UserError(
                `The files ${wanted.folder} of ${wanted.module.path} ${wanted.module.version} aren't the expected ones ` +
                    `(digest ${digest}, expected ${wanted.digest}); they aren't used. ` +
                    "After a change of the version, put the new digest into sandbox/toolchain/module-files.ts.",
            );
        }
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.renameSync(draft, target);
    } finally {
        await workspace.remove();
    }
}

async function getSource(name: string, wanted: ModuleFolder, folder: string, signal: AbortSignal): Promise<string> {
    const { module, archive } = wanted;
    try {
        const go = await findGo(folder, name);
        return path.join(await downloadModule(go, module, signal), wanted.folder);
    } catch (withGo) {
        signal.throwIfAborted();
        if (!(withGo instanceof UserError)) {
            throw withGo;
        }
        const release = { url: archive.url, members: [`${archive.top}/${wanted.folder}`] } as const;
        try {
            const [files = ""] = await new Downloader().fetchRelease(release, "files", folder, signal);
            return files;
        } catch (error) {
            if (error instanceof DownloadFailed) {
                throw new UserError(`${withGo.message}\nThe other way to these files fails too: ${error.message}.`);
            }
            throw error;
        }
    }
}

/** SHA-256 over all files of a folder, in the order of their paths: each path, its length in bytes, its content. */
export function digestOf(folder: string): string {
    const files = fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
        .sort();
    const hash = crypto.createHash("sha256");
    for (const file of files) {
        const content = fs.readFileSync(path.join(folder, file));
        hash.update(`${file}\0${content.length}\0`).update(content);
    }
    return hash.digest("hex");
}
