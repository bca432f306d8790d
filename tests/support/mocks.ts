import * as pulumi from "@pulumi/pulumi";
import { useLinearStructs } from "../../runtime/linear-structs";
import { sparePromiseTraces } from "../../runtime/promise-traces";
import { caCertificate } from "./certificates";

/** Stands for every generated secret: found anywhere outside a secret wrapper, it is a leak. */
export const CANARY = "p1aintext-canary";

/** What a random string that isn't secret starts with. */
export const RANDOM_TEXT = "k3v9x2m7q4t8w5z6";

const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

/** One registered resource, inputs as the engine would get them. */
export interface Seen {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    provider: string | undefined;
}

/** Resource options that mocks don't see, recorded by a transformation. */
export interface SeenOptions {
    type: string;
    parent: string | undefined;
    protect: boolean;
    retainOnDelete: boolean;
    dependsOn: string[];
    /** Id of the object that is taken into the stack. */
    import: string | undefined;
    ignoreChanges: string[];
    /** What it was called in earlier states. */
    aliases: pulumi.Input<string | pulumi.Alias>[];
    /** How long the engine's provider may take to make it and to change it. */
    customTimeouts: pulumi.CustomTimeouts;
}

const seen: Seen[] = [];
const options = new Map<string, SeenOptions>();
const logicalNames = new WeakMap<pulumi.Resource, string>();

function iamIdentity(resource: Seen, kind: "role" | "user") {
    const name = typeof resource.inputs.name === "string" ? resource.inputs.name : resource.name;
    return { name, arn: `arn:aws:iam::123456789012:${kind}/${name}` };
}

/** Outputs that the engine's providers compute. */
const computed: Record<string, (resource: Seen) => object> = {
    "random:index/randomPassword:RandomPassword": () => ({ result: pulumi.secret(CANARY) }),
    "random:index/randomBytes:RandomBytes": () => ({ base64: pulumi.secret(CANARY), hex: pulumi.secret(CANARY) }),
    // A public value, such as a part of a name.
    "random:index/randomString:RandomString": (r) => ({ result: RANDOM_TEXT.slice(0, Number(r.inputs.length)) }),
    "tls:index/privateKey:PrivateKey": () => ({ privateKeyPem: pulumi.secret(CANARY) }),
    "tls:index/selfSignedCert:SelfSignedCert": () => ({ certPem: caCertificate }),
    "tls:index/certRequest:CertRequest": () => ({ certRequestPem: "a request" }),
    "tls:index/locallySignedCert:LocallySignedCert": () => ({ certPem: caCertificate }),
    "aws:s3/bucket:Bucket": (r) => ({
        bucket: r.inputs.bucket ?? r.name,
        arn: `arn:aws:s3:::${typeof r.inputs.bucket === "string" ? r.inputs.bucket : r.name}`,
    }),
    "aws:iam/user:User": (r) => iamIdentity(r, "user"),
    "aws:iam/role:Role": (r) => iamIdentity(r, "role"),
    "aws:iam/accessKey:AccessKey": () => ({ id: "AKIAEXAMPLE", secret: pulumi.secret(CANARY) }),
};

// As index.ts does.
useLinearStructs();
sparePromiseTraces();

// The engine's messages name where a resource was registered. The mocks have none, and to find that out takes a tenth of the time.
Object.assign(pulumi.Resource, { callsites: () => [] });

void pulumi.runtime.setMocks(
    {
        newResource(args) {
            const resource: Seen = {
                type: args.type,
                name: args.name,
                inputs: args.inputs as Seen["inputs"],
                provider: args.provider,
            };
            seen.push(resource);
            return { id: `${args.name}-id`, state: { ...resource.inputs, ...computed[args.type]?.(resource) } };
        },
        call(args) {
            throw new Error(`no mock for the call of ${args.token}`);
        },
    },
    "perch",
    "test",
    false,
);

/** Names of what `opts` depends on; the components give resources or arrays of them. */
function dependencies(opts: pulumi.ResourceOptions): string[] {
    const given = opts.dependsOn;
    const list: unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given];
    return list.map((item) => (pulumi.Resource.isInstance(item) ? (logicalNames.get(item) ?? "?") : "?")).sort();
}

/** What {@link deploy} gives back. */
export interface Deployed<T> {
    made: T;
    resources: Seen[];
    /** By `<type> <name>`. */
    options: Map<string, SeenOptions>;
}

/**
 * Runs part of a program under the mocks and waits until everything is registered.
 *
 * @param make makes the components; must hand `opts` to the outermost one
 */
export async function deploy<T>(make: (opts: pulumi.ComponentResourceOptions) => T): Promise<Deployed<T>> {
    seen.length = 0;
    options.clear();
    const record: pulumi.ResourceTransformation = ({ resource, type, name, opts }) => {
        logicalNames.set(resource, name);
        options.set(`${type} ${name}`, {
            type,
            parent: opts.parent === undefined ? undefined : logicalNames.get(opts.parent),
            protect: opts.protect ?? false,
            retainOnDelete: opts.retainOnDelete ?? false,
            dependsOn: dependencies(opts),
            customTimeouts: (opts as pulumi.CustomResourceOptions).customTimeouts ?? {},
            import: (opts as pulumi.CustomResourceOptions).import,
            ignoreChanges: (opts.ignoreChanges ?? []).map(String),
            aliases: opts.aliases ?? [],
        });
        return undefined;
    };
    const made = make({ transformations: [record] });
    await pulumi.runtime.disconnect();
    return { made, resources: [...seen], options: new Map(options) };
}

/** Paths below `value` where `needle` stands outside a secret wrapper. */
export function leaks(value: unknown, needle: string = CANARY, path = ""): string[] {
    if (typeof value === "string") {
        return value.includes(needle) ? [path] : [];
    }
    if (value === null || typeof value !== "object" || SECRET_SIGNATURE in value) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) => leaks(inner, needle, `${path}/${key}`));
}

/** The plain value of a resource's input, secrets unwrapped. */
export function plain(value: unknown): unknown {
    if (value === null || typeof value !== "object") {
        return value;
    }
    if (SECRET_SIGNATURE in value && "value" in value) {
        return plain(value.value);
    }
    return Array.isArray(value)
        ? value.map(plain)
        : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** A Kubernetes object among the recorded resources, secrets unwrapped. */
export interface KubeObject {
    kind: string;
    apiVersion: string;
    metadata: {
        name: string;
        namespace?: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
    };
    [field: string]: unknown;
}

const objects = new WeakMap<Seen, KubeObject>();

function kubeObjectOf(resource: Seen): KubeObject {
    const { kind = resource.type.split(":").at(-1), ...object } = plain(resource.inputs) as Partial<KubeObject>;
    return { apiVersion: "", ...object, kind } as KubeObject;
}

/** All Kubernetes objects, in order of registration; the same ones each time, so nobody may change them. */
export function kubeObjects(resources: Seen[]): KubeObject[] {
    return resources
        .filter((resource) => resource.type.startsWith("kubernetes:"))
        .map((resource) => {
            const object = objects.get(resource) ?? kubeObjectOf(resource);
            objects.set(resource, object);
            return object;
        });
}

/** The one object of this kind and name; an error that lists what there is otherwise. */
export function kubeObject(resources: Seen[], kind: string, name: string): KubeObject {
    const all = kubeObjects(resources);
    const found = all.filter((o) => o.kind === kind && o.metadata.name === name);
    if (found.length !== 1 || found[0] === undefined) {
        const names = all.filter((o) => o.kind === kind).map((o) => o.metadata.name);
        throw new Error(`${String(found.length)} ${kind} named ${name}; there are: ${names.join(", ")}`);
    }
    return found[0];
}
