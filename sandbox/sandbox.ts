import type { ProfileName } from "../config/profiles";
import { type ConfigValues, type Engine, openEngine, resourceCount } from "./engine";
import { adminKubeconfig, checkUserCluster, platformTools, type PlatformTools, startPlatform } from "./platform";
import { requireCapable, requireRealNode } from "./node";
import { oneAtATime } from "./one-at-a-time";
import { ensureStackImages, openRealNode } from "./real-node";
import { ensureS3, type S3Server } from "./s3";
import { mailPassword, profileNamed, receiverSecrets, stackValues, storageClasses } from "./stack-values";
import {
    chooseKind,
    describeTarget,
    keepTarget,
    keptTarget,
    type OwnTarget,
    requireSameCluster,
    type Target,
    type TargetKind,
} from "./target";
import { ensureTools, moduleFiles } from "./toolchain";

/** What `make up` and its siblings choose. */
export interface SandboxOptions {
    /**
     * Where to deploy.
     * @default where the stack is already, else the sandbox's own cluster with simulated pods
     */
    target?: TargetKind;
    /** Profile in place of the one in the stack file. */
    profile?: string;
    /**
     * Whether a real node that has to be started is, even with less memory or disk left than it wants: the stack itself may
     * have filled it, and can only be taken down there.
     * @default false
     */
    despiteShortage?: boolean;
    /** Told each step. */
    report: (message: string) => void;
}

/** Everything runs that `pulumi up` needs. */
export interface Sandbox {
    engine: Engine;
    s3: Omit<S3Server, "outcome">;
    target: Target;
}

/** Variables by which clients find the cluster and the S3 API. */
function clientVariables(s3: Omit<S3Server, "outcome">, kubeconfig: string | undefined): Record<string, string> {
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

/** The cluster of the current context. @throws UserError when it doesn't answer, or isn't the one that the stack is in */
async function currentCluster(kept: Target | undefined, options: SandboxOptions): Promise<OwnTarget> {
    const isKept = kept?.kind === "own";
    const { context, version, server, uid } = await checkUserCluster(
        isKept
            ? `"make clean" if ${describeTarget(kept)}, where the sandbox's stack is, is gone for good`
            : "leave SANDBOX unset for the embedded one",
    );
    const current: OwnTarget = { kind: "own", clusterUid: uid, context, server };
    if (isKept) {
        requireSameCluster(kept, current);
    }
    options.report(`your cluster: context ${context}, ${server}, Kubernetes ${version}`);
    return current;
}

/** What the engine is told of the places where it deploys to. */
interface EngineTargets {
    pulumi: string;
    s3: Omit<S3Server, "outcome">;
    config: ConfigValues;
    /** @default that of the stack file */
    profile: ProfileName | undefined;
    /** @default the user's own */
    kubeconfig?: string;
}

function prepareEngine(targets: EngineTargets, options: SandboxOptions): Promise<Engine> {
    const { pulumi, s3, config, profile, kubeconfig } = targets;
    return openEngine({
        pulumi,
        config,
        secrets: {
            "perch:s3AccessKey": s3.accessKeyId,
            "perch:s3SecretKey": s3.secretAccessKey,
            "perch:smtpPassword": mailPassword(),
            ...receiverSecrets(profile),
        },
        variables: clientVariables(s3, kubeconfig),
        report: options.report,
    });
}

type Opened = Pick<Sandbox, "engine" | "s3">;

/** S3 API and engine, with pods that are simulated or on the user's cluster. */
async function openStack(
    pulumi: string,
    options: SandboxOptions,
    profile: ProfileName | undefined,
    pods: "simulated" | "own",
): Promise<Opened> {
    const { outcome, ...s3 } = await ensureS3(options.report);
    options.report(`s3 ${outcome}`);
    const config = stackValues(profile, s3, pods);
    const kubeconfig = pods === "simulated" ? adminKubeconfig : undefined;
    return { s3, engine: await prepareEngine({ pulumi, s3, config, profile, kubeconfig }, options) };
}

async function openOwn(options: SandboxOptions, profile: ProfileName | undefined): Promise<Opened> {
    const { pulumi } = await ensureTools(["pulumi", "kubectl"]);
    return openStack(pulumi, options, profile, "own");
}

async function openSimulated(options: SandboxOptions, profile: ProfileName | undefined): Promise<Opened> {
    const tools = await ensureTools(["pulumi", "kubectl", ...platformTools]);
    const [stack] = await Promise.all([
        openStack(tools.pulumi, options, profile, "simulated"),
        startEmbedded(tools, options),
    ]);
    return stack;
}

async function openReal(options: SandboxOptions, profile: ProfileName | undefined): Promise<Opened> {
    const { s3, peers, kubeconfig, whenReady, pulumi } = await openRealNode(options.report);
    const config = stackValues(profile, s3, peers);
    const [engine] = await Promise.all([
        prepareEngine({ pulumi, s3, config, profile, kubeconfig }, options),
        whenReady,
    ]);
    await ensureStackImages(engine, options.report);
    return { engine, s3 };
}

const openers = { simulated: openSimulated, real: openReal, own: openOwn } as const satisfies Record<
    TargetKind,
    unknown
>;

/** Where to deploy, once it is known that it can be deployed there. */
async function chooseTarget(options: SandboxOptions): Promise<Target> {
    const kept = keptTarget();
    const kind = chooseKind(options.target, kept, resourceCount());
    switch (kind) {
        case "own":
            return currentCluster(kept, options);
        case "real":
            await (options.despiteShortage === true ? requireCapable() : requireRealNode());
            return { kind };
        case "simulated":
            return { kind };
    }
}

/**
 * Gets the tools, starts the platform and the S3 API, and prepares the engine: what runs already is kept. For commands
 * that come {@link oneAtATime} as a whole.
 */
export async function prepareSandbox(options: SandboxOptions): Promise<Sandbox> {
    const profile = options.profile === undefined ? undefined : profileNamed(options.profile);
    const target = await chooseTarget(options);
    // Before anything is there: a run that is cut off has its place, too.
    keepTarget(target);
    return { ...(await openers[target.kind](options, profile)), target };
}

/**
 * {@link prepareSandbox} for a command that needn't be alone afterwards, such as one that lasts until the user ends it.
 * @param command as the user has called it
 */
export function openSandbox(options: SandboxOptions, command?: string): Promise<Sandbox> {
    return oneAtATime(command, () => prepareSandbox(options), { report: options.report });
}
