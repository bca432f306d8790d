import * as fs from "node:fs";
import { CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { type CliResult, type Engine, runQuietly } from "../../../sandbox/engine";
import { runDir } from "../../../sandbox/paths";
import { adminKubeconfig, stopPlatform } from "../../../sandbox/platform";
import { s3DaemonName } from "../../../sandbox/s3";
import { openSandbox, type Sandbox } from "../../../sandbox/sandbox";
import { stopDaemon } from "../../../sandbox/processes";
import { isOwnFolder } from "../../sandbox/support/run-folder";

/** The API server's word on an object of ours, such as an unknown field, fails the run. */
const strict = { PERCH_SANDBOX_WARNINGS: "error" };

let opened: Promise<Sandbox> | undefined;

/** The sandbox that all e2e tests share, in a folder of their own. */
export function sandbox(): Promise<Sandbox> {
    opened ??= openSandbox({ cluster: "embedded", report: () => undefined }).then((made) => ({
        ...made,
        engine: { ...made.engine, env: { ...made.engine.env, ...strict } },
    }));
    return opened;
}

/** The engine, on the stack `local` or on another one. */
export async function engine(): Promise<Engine> {
    return (await sandbox()).engine;
}

/** Runs `pulumi` on the stack of the tests. */
export async function pulumi(...args: string[]): Promise<CliResult> {
    return runQuietly(await engine(), args);
}

/** Like {@link pulumi}, for what never gets ready: the plugin gives up after a minute instead of ten. */
export async function pulumiImpatient(...args: string[]): Promise<CliResult> {
    const { env, ...rest } = await engine();
    return runQuietly({ ...rest, env: { ...env, PERCH_SANDBOX_TIMEOUT_MS: "60000" } }, args);
}

/** Like {@link pulumi}; fails with what the CLI said. */
export async function pulumiOk(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await pulumi(...args);
    if (code !== 0) {
        throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
    }
    return stdout;
}

/** How many resources a run created, updated, ...: the summary at its end, empty where there is none. */
export function summary(stdout: string): Record<string, number> {
    const [, resources = ""] = [...stdout.matchAll(/\nResources:\n((?:\s+\S.*\n)+)/g)].at(-1) ?? [];
    const lines = [...resources.matchAll(/^\s+(?:\S+ )?(\d+) (.+?)\s*$/gm)];
    return Object.fromEntries(lines.map(([, count, what]) => [what ?? "", Number(count)]));
}

/** Resources that a run touched, `<type> <name>`, by what it did: `created`, `updated`, `deleted`, `replaced`. */
export function touched(stdout: string, what: string): string[] {
    const line = new RegExp(`^\\s*\\S+\\s+([\\w-]+:\\S+)\\s+(\\S+)\\s+${what}\\b`, "gm");
    const found = [...stdout.matchAll(line)].map(([, type, name]) => `${type?.split(":").at(-1) ?? ""} ${name ?? ""}`);
    return [...new Set(found)].sort();
}

function admin(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(adminKubeconfig);
    return config;
}

/** Reads and writes any object of the cluster, as its administrator. */
export const cluster = (): KubernetesObjectApi => KubernetesObjectApi.makeApiClient(admin());

/** The core API of the cluster. */
export const core = (): CoreV1Api => admin().makeApiClient(CoreV1Api);

/** Of mocha. */
export const mochaHooks = {
    async afterAll(this: Mocha.Context): Promise<void> {
        this.timeout(120_000);
        await stopDaemon(s3DaemonName);
        await stopPlatform();
        if (isOwnFolder) {
            fs.rmSync(runDir, { recursive: true, force: true });
        }
    },
};
