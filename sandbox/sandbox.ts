import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { platforms } from "../config/platforms";
import { DEFAULT_PROFILE, type Profile, type ProfileName, profileNames, profiles } from "../config/profiles";
import { committedConfig, type ConfigValues, type Engine, openEngine } from "./engine";
import { SandboxError } from "./errors";
import { inRunDir } from "./paths";
import { adminKubeconfig, checkUserCluster, type PlatformTools, startPlatform } from "./platform";
import { readIfExists, withLock, writePrivateFile } from "./processes";
import { ensureS3, type S3Server } from "./s3";
import { ensureTools, moduleFiles } from "./toolchain";

/** Where the pods live: in the sandbox's own cluster, or in one of the user's. */
export type ClusterKind = "embedded" | "kubeconfig";

/** What `make up` and its siblings choose. */
export interface SandboxOptions {
    cluster: ClusterKind;
    /** Profile in place of the one in the stack file. */
    profile?: string;
    /** Told each step. */
    report: (message: string) => void;
}

/** Everything runs that `pulumi up` needs. */
export interface Sandbox {
    engine: Engine;
    s3: S3Server;
    cluster: ClusterKind;
}

const platformTools = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "prometheus-operator",
] as const;

/** The cluster that the environment asks for. @throws SandboxError for any other value than those that there are */
export function clusterKind(env: NodeJS.ProcessEnv = process.env): ClusterKind {
    const { SANDBOX: given = "" } = env;
    if (given !== "" && given !== "kubeconfig") {
        throw new SandboxError(
            `SANDBOX=${given} isn't known: leave it unset for the embedded cluster, or set SANDBOX=kubeconfig for your own.`,
        );
    }
    return given === "" ? "embedded" : "kubeconfig";
}

/** The profile that was asked for. @throws SandboxError when there is none of that name */
export function profileNamed(name: string): ProfileName {
    const found = profileNames.find((known) => known === name);
    if (found === undefined) {
        throw new SandboxError(`There is no profile "${name}"; there are: ${profileNames.join(", ")}.`);
    }
    return found;
}

/** Every value of the key `storageClass`, at any depth. */
export function storageClassesIn(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, item]) =>
        key === "storageClass" && typeof item === "string" ? [item] : storageClassesIn(item),
    );
}

/** The storage classes that any profile, platform or the stack file names: a provisioned cluster has them. */
function storageClasses(): string[] {
    const stackFile: unknown = parse(fs.readFileSync(committedConfig, "utf8"));
    return [...new Set(storageClassesIn([profiles, platforms, stackFile]))];
}

const stackFileSchema = z.object({ config: z.object({ "perch:profile": z.string().default(DEFAULT_PROFILE) }) });

/** What the sandbox lays over the stack file. The region stays that of the profile, where it names one. */
function stackValues(profile: ProfileName | undefined, s3: S3Server): ConfigValues {
    const { config } = stackFileSchema.parse(parse(fs.readFileSync(committedConfig, "utf8")));
    const chosen: Profile = profiles[profile ?? profileNamed(config["perch:profile"])];
    const settings = chosen.settings.objectStorage;
    return {
        ...(profile === undefined ? {} : { "perch:profile": profile }),
        "perch:objectStorage": {
            kind: "compatible",
            endpoint: s3.endpoint,
            caCertificate: fs.readFileSync(s3.caFile, "utf8"),
            region: settings?.kind === "compatible" && settings.region !== undefined ? settings.region : s3.region,
            access: { kind: "user" },
        },
    };
}

/** A password for a mail account that isn't there, the same in every run. */
function mailPassword(): string {
    const file = inRunDir("pulumi", "mail-password");
    const kept = readIfExists(file);
    if (kept !== undefined) {
        return kept;
    }
    const made = randomBytes(18).toString("base64url");
    writePrivateFile(file, made);
    return made;
}

/** Variables by which clients find the cluster and the S3 API. */
function clientVariables(s3: S3Server, kubeconfig: string | undefined): Record<string, string> {
    return {
        ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        AWS_CA_BUNDLE: s3.caFile,
        AWS_ENDPOINT_URL: s3.endpoint,
        AWS_REGION: s3.region,
        // Of the user's own account nothing may get in between.
        AWS_PROFILE: "",
        AWS_SESSION_TOKEN: "",
        AWS_EC2_METADATA_DISABLED: "true",
    };
}

async function startEmbedded(tools: PlatformTools, options: SandboxOptions): Promise<void> {
    const platform = await startPlatform({
        tools,
        kwokStages: await moduleFiles("kwok-stages"),
        storageClasses: storageClasses(),
        onProgress: options.report,
    });
    options.report(`cluster ready after ${(platform.elapsedMs / 1000).toFixed(1)} s`);
}

async function describeOwn(options: SandboxOptions): Promise<void> {
    const { context, version, server } = await checkUserCluster();
    options.report(`your cluster: context ${context}, ${server}, Kubernetes ${version}`);
}

async function prepareEngine(pulumi: string, options: SandboxOptions, profile: ProfileName | undefined) {
    const s3 = await ensureS3(options.report);
    options.report(`s3 ${s3.outcome}`);
    const engine = await openEngine({
        pulumi,
        config: stackValues(profile, s3),
        secrets: {
            "perch:s3AccessKey": s3.accessKeyId,
            "perch:s3SecretKey": s3.secretAccessKey,
            "perch:smtpPassword": mailPassword(),
        },
        variables: clientVariables(s3, options.cluster === "embedded" ? adminKubeconfig : undefined),
        report: options.report,
    });
    return { engine, s3, cluster: options.cluster };
}

/** Gets the tools, starts the platform and the S3 API, and prepares the engine: what runs already is kept. */
export function openSandbox(options: SandboxOptions): Promise<Sandbox> {
    const profile = options.profile === undefined ? undefined : profileNamed(options.profile);
    const work = async (): Promise<Sandbox> => {
        if (options.cluster === "kubeconfig") {
            await describeOwn(options);
            const { pulumi } = await ensureTools(["pulumi", "kubectl"]);
            return prepareEngine(pulumi, options, profile);
        }
        const tools = await ensureTools(["pulumi", "kubectl", ...platformTools]);
        const [sandbox] = await Promise.all([
            prepareEngine(tools.pulumi, options, profile),
            startEmbedded(tools, options),
        ]);
        return sandbox;
    };
    return withLock("sandbox", work, { onWait: options.report });
}
