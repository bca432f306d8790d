import type { ProfileName } from "../config/profiles";
import { type ConfigValues, type Engine, openEngine } from "./engine";
import { UserError } from "../cli/errors";
import { adminKubeconfig, checkUserCluster, type PlatformTools, startPlatform } from "./platform";
import { requireRealNode } from "./node";
import { choosePodsKind, keepPodsKind, type PodsKind } from "./pods-kind";
import { withLock } from "./processes";
import { ensureStackImages, openRealNode } from "./real-node";
import { ensureS3, type S3Server } from "./s3";
import { mailPassword, profileNamed, receiverSecrets, stackValues, storageClasses } from "./stack-values";
import { ensureTools, moduleFiles } from "./toolchain";

/** Where the pods live: in the sandbox's own cluster, or in one of the user's. */
export type ClusterKind = "embedded" | "kubeconfig";

/** What `make up` and its siblings choose. */
export interface SandboxOptions {
    cluster: ClusterKind;
    /**
     * How the pods of the embedded cluster run.
     * @default as they do already, else simulated
     */
    pods?: PodsKind;
    /** Profile in place of the one in the stack file. */
    profile?: string;
    /** Told each step. */
    report: (message: string) => void;
}

/** Everything runs that `pulumi up` needs. */
export interface Sandbox {
    engine: Engine;
    s3: Omit<S3Server, "outcome">;
    cluster: ClusterKind;
    pods: PodsKind;
}

const platformTools = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "prometheus-operator",
] as const;

/** The cluster that the environment asks for. @throws UserError for any other value than those that there are */
export function clusterKind(env: NodeJS.ProcessEnv = process.env): ClusterKind {
    const { SANDBOX: given = "" } = env;
    if (given !== "" && given !== "kubeconfig") {
        throw new UserError(
            `SANDBOX=${given} isn't known: leave it unset for the embedded cluster, or set SANDBOX=kubeconfig for your own.`,
        );
    }
    return given === "" ? "embedded" : "kubeconfig";
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

async function describeOwn(options: SandboxOptions): Promise<void> {
    const { context, version, server } = await checkUserCluster();
    options.report(`your cluster: context ${context}, ${server}, Kubernetes ${version}`);
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

/** S3 API and engine, with pods that are simulated or on the user's cluster. */
async function openStack(
    pulumi: string,
    options: SandboxOptions,
    profile: ProfileName | undefined,
    pods: "simulated" | "own",
): Promise<Pick<Sandbox, "engine" | "s3">> {
    const { outcome, ...s3 } = await ensureS3(options.report);
    options.report(`s3 ${outcome}`);
    const config = stackValues(profile, s3, pods);
    const kubeconfig = pods === "simulated" ? adminKubeconfig : undefined;
    return { s3, engine: await prepareEngine({ pulumi, s3, config, profile, kubeconfig }, options) };
}

async function openOwn(options: SandboxOptions, profile: ProfileName | undefined): Promise<Sandbox> {
    if (options.pods === "real") {
        throw new UserError("With SANDBOX=kubeconfig the pods are those of your cluster: leave PODS unset.");
    }
    await describeOwn(options);
    const { pulumi } = await ensureTools(["pulumi", "kubectl"]);
    return { ...(await openStack(pulumi, options, profile, "own")), cluster: options.cluster, pods: "real" };
}

async function openSimulated(options: SandboxOptions, profile: ProfileName | undefined): Promise<Sandbox> {
    const tools = await ensureTools(["pulumi", "kubectl", ...platformTools]);
    const [stack] = await Promise.all([
        openStack(tools.pulumi, options, profile, "simulated"),
        startEmbedded(tools, options),
    ]);
    return { ...stack, cluster: options.cluster, pods: "simulated" };
}

async function openReal(options: SandboxOptions, profile: ProfileName | undefined): Promise<Sandbox> {
    const { s3, peers, kubeconfig, whenReady, pulumi } = await openRealNode(options.report);
    const config = stackValues(profile, s3, peers);
    const [engine] = await Promise.all([
        prepareEngine({ pulumi, s3, config, profile, kubeconfig }, options),
        whenReady,
    ]);
    await ensureStackImages(engine, options.report);
    return { engine, s3, cluster: options.cluster, pods: "real" };
}

/** Gets the tools, starts the platform and the S3 API, and prepares the engine: what runs already is kept. */
export function openSandbox(options: SandboxOptions): Promise<Sandbox> {
    const profile = options.profile === undefined ? undefined : profileNamed(options.profile);
    const work = async (): Promise<Sandbox> => {
        if (options.cluster === "kubeconfig") {
            return openOwn(options, profile);
        }
        const pods = choosePodsKind(options.pods);
        if (pods === "real") {
            await requireRealNode();
        }
        keepPodsKind(pods);
        return pods === "real" ? openReal(options, profile) : openSimulated(options, profile);
    };
    return withLock("sandbox", work, { onWait: options.report });
}
