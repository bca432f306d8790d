import * as pulumi from "@pulumi/pulumi";
import type { BucketAccess } from "../../../components/object-storage/bucket-access";
import { Platform } from "../../../components/platform/platform";
import type { Endpoint } from "../../../components/workload/endpoint";
import { jobNames } from "../../../config/jobs";
import { type Profile, profiles } from "../../../config/profiles";
import { settingsSchema } from "../../../config/schema";
import { images } from "../../../config/versions";
import { CANARY, deploy, type Deployed, kubeObjects, type KubeObject, type Seen } from "../../support/mocks";

/** What a stack file or a profile may say. */
export type TestInput = Profile["settings"];

/** What profile kup6s says of these parts (rows K-25 to K-51). */
export const kup6s: TestInput = {
    platform: profiles.kup6s.settings.platform,
    metrics: profiles.kup6s.settings.metrics,
    longTerm: profiles.kup6s.settings.longTerm,
};

/** Settings of a test: a cluster's name and what `input` says. */
export function settingsOf(input: TestInput = {}) {
    return settingsSchema.parse({ cluster: { name: "test" }, ...input });
}

export type TestSettings = ReturnType<typeof settingsOf>;

/** Access with keys that the program knows, as for Hetzner. */
export const keyAccess: BucketAccess = {
    bucket: "metrics-thanos-test",
    endpoint: "fsn1.your-objectstorage.com",
    region: "fsn1",
    insecure: false,
    pathStyle: true,
    port: 443,
    auth: {
        kind: "keys",
        secret: {
            name: "object-storage",
            content: pulumi.secret<Record<string, string>>({ "access-key": CANARY, "secret-key": CANARY }),
        },
    },
};

/** Access by an IAM role. */
export const roleAccess: BucketAccess = {
    ...keyAccess,
    endpoint: "s3.eu-central-1.amazonaws.com",
    region: "eu-central-1",
    pathStyle: false,
    auth: { kind: "role", arn: "arn:aws:iam::123456789012:role/thanos" },
};

/** What every component of these areas is given. */
export function common(settings: TestSettings, opts: pulumi.ComponentResourceOptions, stack = "test") {
    const platform = new Platform(
        "platform",
        { stack, cluster: settings.cluster, settings: settings.platform, hostAccess: true },
        opts,
    );
    return { platform, images, jobs: jobNames(settings.metrics) };
}

/** An endpoint of something that isn't part of the test. */
export function otherEndpoint(service: string, portName: string, port: number): Endpoint {
    return {
        service,
        namespace: "monitoring",
        portName,
        port,
        podPort: port,
        pods: { workload: service, namespace: "monitoring", labels: { "app.kubernetes.io/name": service } },
    };
}

/** Runs a part of a program on a platform of its own, and leaves out what the platform itself makes. */
export async function deployOn<T>(
    settings: TestSettings,
    make: (parts: ReturnType<typeof common>, opts: pulumi.ComponentResourceOptions) => T,
): Promise<Deployed<{ platform: Platform; result: T }>> {
    const deployed = await deploy((opts) => {
        const parts = common(settings, opts);
        return { platform: parts.platform, result: make(parts, opts) };
    });
    const own = (seen: Seen) => !seen.name.startsWith("platform");
    return { ...deployed, resources: deployed.resources.filter(own) };
}

/** Runs `make` when it is first needed: tests that only look can share a deployment. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
}

/** `Kind name` of every Kubernetes object. */
export function names(resources: Seen[]): string[] {
    return kubeObjects(resources).map((o) => `${o.kind} ${o.metadata.name}`);
}

interface Rule {
    apiGroups?: string[];
    resources?: string[];
    verbs: string[];
    nonResourceURLs?: string[];
}

/** The rules of every role of a kind. */
export function rulesOf(resources: Seen[], kind: "ClusterRole" | "Role"): Rule[] {
    return kubeObjects(resources)
        .filter((o) => o.kind === kind)
        .flatMap((o) => (o as KubeObject & { rules: Rule[] }).rules);
}

/** The container of this name in a Deployment, StatefulSet or DaemonSet. */
export function containerOf(object: KubeObject, name: string): TestContainer {
    const { spec } = object as unknown as { spec: { template: { spec: { containers: TestContainer[] } } } };
    const found = spec.template.spec.containers.find((c) => c.name === name);
    if (found === undefined) {
        throw new Error(`no container ${name} in ${object.metadata.name}`);
    }
    return found;
}

export interface TestContainer {
    name: string;
    image: string;
    args: string[];
    env?: { name: string; value?: string; valueFrom?: object }[];
    resources: object;
    livenessProbe: { httpGet: { path: string; port: string } };
    readinessProbe: { httpGet: { path: string; port: string } };
}
