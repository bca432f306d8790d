import * as fs from "node:fs";
import * as path from "node:path";
import { type ApiConstructor, type ApiType, CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { z } from "zod";
import { DEFAULT_PROFILE } from "../../../config/profiles";
import { type ConfigValues, type Engine, STACK } from "../../../sandbox/engine";
import { projectRoot } from "../../../sandbox/paths";
import { adminKubeconfig } from "../../../sandbox/platform";
import { type Aws, makeClients } from "../../../sandbox/plugins/aws/clients";
import { openSandbox, type Sandbox } from "../../../sandbox/sandbox";
import { profileNamed, receiverSecrets } from "../../../sandbox/stack-values";
import { inSandbox, openStack, Stack, stateOnce } from "./stack";

/** The API server's word on an object of ours, such as an unknown field, fails the run. */
const strict = { PERCH_SANDBOX_WARNINGS: "error" };

/** For stacks that aren't there to be interrupted; and Endpoints count as settled sooner than after ten seconds. */
const quick = { ...stateOnce, PERCH_SANDBOX_SETTLE_MS: "1000" };

let opened: Promise<Sandbox> | undefined;

/** The sandbox that all e2e tests share, in a folder of their own. */
export function sandbox(): Promise<Sandbox> {
    opened ??= openSandbox({ target: "simulated", report: () => undefined }).then((made) => ({
        ...made,
        engine: { ...made.engine, env: { ...made.engine.env, ...strict } },
    }));
    return opened;
}

/** The engine as `make up` runs it. */
export async function engine(): Promise<Engine> {
    return (await sandbox()).engine;
}

/** The stack of `make up`, by an engine that is quicker at it. */
export async function local(): Promise<Stack> {
    const cli = await engine();
    return new Stack(STACK, { ...cli, env: { ...cli.env, ...quick } });
}

/** What the sandbox of a program says where no pods run; an earlier one may not know all of today's settings. */
async function simulatedValuesOf(project = projectRoot): Promise<ConfigValues> {
    const file = path.join(project, "sandbox", "stack-values.ts");
    const module: unknown = fs.existsSync(file) ? await import(file) : {};
    return z.looseObject({ simulatedValues: z.record(z.string(), z.unknown()).default({}) }).parse(module)
        .simulatedValues;
}

/**
 * A stack beside that of `make up`, with the sandbox's S3 API in place of the one that its settings name.
 * @param project folder of the program, where that isn't this one
 */
export async function stackOf(name: string, config: ConfigValues, project?: string): Promise<Stack> {
    const { s3, engine: cli } = await sandbox();
    return openStack(
        { ...cli, env: { ...cli.env, ...quick }, cwd: project },
        name,
        inSandbox(config, await simulatedValuesOf(project)),
        {
            "perch:s3AccessKey": s3.accessKeyId,
            "perch:s3SecretKey": s3.secretAccessKey,
            ...receiverSecrets(profileNamed(z.string().default(DEFAULT_PROFILE).parse(config["perch:profile"]))),
        },
    );
}

function admin(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(adminKubeconfig);
    return config;
}

/** Reads and writes any object of the cluster, as its administrator. */
export const cluster = (): KubernetesObjectApi => KubernetesObjectApi.makeApiClient(admin());

/** A client of one of the APIs of the cluster. */
export const client = <T extends ApiType>(api: ApiConstructor<T>): T => admin().makeApiClient(api);

/** The core API of the cluster. */
export const core = (): CoreV1Api => client(CoreV1Api);

/** The S3 and IAM API, as its administrator. */
export async function account(): Promise<Aws> {
    const { s3 } = await sandbox();
    return makeClients({
        accessKey: s3.accessKeyId,
        secretKey: s3.secretAccessKey,
        region: s3.region,
        customCaBundle: s3.caFile,
        s3UsePathStyle: true,
        endpoints: [{ s3: s3.endpoint, iam: s3.endpoint, sts: s3.endpoint }],
    });
}
