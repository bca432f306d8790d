import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import type { BucketClient } from "../../../components/object-storage/bucket-access";
import { accountName } from "../../../components/object-storage/client-access";
import { ObjectStorage } from "../../../components/object-storage/object-storage";
import { Platform } from "../../../components/platform/platform";
import { type AreaInput, settingsSchema } from "../../../config/schema";
import { CANARY, deploy, kubeObject, leaks, plain, RANDOM_TEXT, type Seen } from "../../support/mocks";

const hetzner = {
    kind: "compatible",
    endpoint: "https://fsn1.your-objectstorage.com",
    region: "fsn1",
    unsupported: ["encryption", "publicAccessBlock"],
} as const satisfies AreaInput["objectStorage"];

const eks = {
    kind: "aws",
    access: { kind: "role", oidcProvider: "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A" },
} as const satisfies AreaInput["objectStorage"];

const clients: BucketClient[] = ["thanos-sidecar", "thanos-store", "thanos-compact", "loki"];

const content = pulumi.secret<Record<string, string>>({ "access-key": CANARY, "secret-key": CANARY });

async function deployStorage(input: Partial<AreaInput> = {}) {
    const settings = settingsSchema.parse({ cluster: { name: "kup6s" }, ...input });
    return deploy((opts) => {
        const platform = new Platform(
            "p",
            { stack: "test", cluster: settings.cluster, settings: settings.platform, hostAccess: false },
            opts,
        );
        return new ObjectStorage(
            "s",
            {
                platform,
                settings: settings.objectStorage,
                longTerm: settings.longTerm,
                logs: settings.logs,
                givenKeys: { name: "objstore", content },
            },
            { ...opts, parent: platform },
        );
    });
}

const list = (resources: Seen[], prefix: string) =>
    resources.filter((r) => r.type.startsWith(prefix)).map((r) => `${r.type.split(":").at(-1) ?? ""} ${r.name}`);

function input(resources: Seen[], type: string, name: string): Record<string, unknown> {
    const found = resources.find((r) => r.type.startsWith("aws:") && r.type.endsWith(`:${type}`) && r.name === name);
    if (found === undefined) {
        throw new Error(`no ${type} ${name}; there are: ${list(resources, "aws:").join(", ")}`);
    }
    return plain(found.inputs) as Record<string, unknown>;
}

/** What ends a bucket's name under the mocks. */
const end = RANDOM_TEXT.slice(0, 8);

/** The names of the buckets, as the stack tells them. */
function outputs({ bucketNames }: ObjectStorage): Promise<Record<string, string>> {
    return new Promise((resolve) => {
        pulumi.output(bucketNames as Record<string, pulumi.Output<string>>).apply(resolve);
    });
}

describe("ObjectStorage on AWS", () => {
    let standard: Awaited<ReturnType<typeof deployStorage>>;
    before(async () => {
        standard = await deployStorage();
    });

    it("makes exactly two buckets with all that keeps them private, and a user for each client", () => {
        const { resources } = standard;
        const bucket = (name: string) => [
            `Bucket ${name}`,
            `BucketVersioning ${name}-versioning`,
            `BucketLifecycleConfiguration ${name}-lifecycle`,
            `BucketServerSideEncryptionConfiguration ${name}-encryption`,
            `BucketPublicAccessBlock ${name}-public-access`,
            `BucketPolicy ${name}-policy`,
        ];
        expect(list(resources, "aws:")).to.have.members([
            ...bucket("s-metrics"),
            ...bucket("s-logs"),
            ...clients.flatMap((client) => [`User s-${client}`, `UserPolicy s-${client}`, `AccessKey s-${client}`]),
        ]);
        expect(list(resources, "kubernetes:core/v1:Secret")).to.have.members(
            clients.map((client) => `Secret s-${client}`),
        );
    });

    it("names the buckets by the cluster, with an end that nobody else's has", async () => {
        const { resources, made } = standard;
        expect(input(resources, "Bucket", "s-metrics").bucket).to.equal(`metrics-thanos-kup6s-${end}`);
        expect(input(resources, "Bucket", "s-logs").bucket).to.equal(`logs-loki-kup6s-${end}`);
        expect(await outputs(made)).to.deep.equal({
            metrics: `metrics-thanos-kup6s-${end}`,
            logs: `logs-loki-kup6s-${end}`,
        });
        const ends = resources.filter((r) => r.type.startsWith("random:index/randomString"));
        expect(ends.map((r) => [r.name, r.inputs])).to.deep.equal(
            ["s-metrics-name-end", "s-logs-name-end"].map((name) => [
                name,
                { length: 8, special: false, upper: false },
            ]),
        );
    });

    it("makes a name that S3 takes, however long the cluster's is", async () => {
        const { made } = await deployStorage({ cluster: { name: "c".repeat(63) } });
        const names = Object.values(await outputs(made));
        expect(names.map((name) => name.length)).to.deep.equal([63, 63]);
        expect(names.every((name) => name.endsWith(`c-${end}`))).to.equal(true);
    });

    it("K-92, K-93: takes a name that is given as it is", async () => {
        const { resources } = await deployStorage({ longTerm: { kind: "thanos", bucket: { name: "blocks" } } });
        expect(input(resources, "Bucket", "s-metrics").bucket).to.equal("blocks");
        expect(resources.map((r) => r.name))
            .to.include("s-logs-name-end")
            .and.not.include("s-metrics-name-end");
    });

    it("speaks of the whole name in every policy", () => {
        const { resources } = standard;
        const policies = resources
            .filter((r) => /:(BucketPolicy|UserPolicy)$/.test(r.type))
            .map((r) => (plain(r.inputs) as { policy: string }).policy);
        expect(policies).to.have.length(6);
        for (const policy of policies) {
            const buckets = [...policy.matchAll(/arn:aws:s3:::([^"/*]+)/g)].map(([, bucket]) => bucket);
            expect(new Set(buckets).size).to.equal(1);
            expect(buckets[0]).to.match(new RegExp(`^(metrics-thanos|logs-loki)-kup6s-${end}$`));
        }
    });

    it("K-95: gives each bucket a lifecycle that is switched on, over all objects", async () => {
        const { resources } = await deployStorage({
            longTerm: { kind: "thanos", bucket: { expireDays: 730 } },
            logs: { kind: "single", storage: { kind: "s3", bucket: { expireDays: 90 } } },
        });
        const rules = (days: number) => [
            { id: "expire-objects", status: "Enabled", filter: {}, expiration: { days } },
            {
                id: "clean-up",
                status: "Enabled",
                filter: {},
                abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
                noncurrentVersionExpiration: { noncurrentDays: 7 },
            },
        ];
        expect(input(resources, "BucketLifecycleConfiguration", "s-metrics-lifecycle").rules).to.deep.equal(rules(730));
        expect(input(resources, "BucketLifecycleConfiguration", "s-logs-lifecycle").rules).to.deep.equal(rules(90));
    });

    it("V-03: has no rule that expires objects of an unlimited bucket, and still frees what was deleted", async () => {
        const { resources } = await deployStorage({
            longTerm: { kind: "thanos", bucket: { expireDays: "unlimited" } },
        });
        const { rules } = input(resources, "BucketLifecycleConfiguration", "s-metrics-lifecycle") as {
            rules: { id: string; expiration?: object }[];
        };
        expect(rules.map((rule) => rule.id)).to.deep.equal(["remove-delete-markers", "clean-up"]);
        expect(rules.map((rule) => rule.expiration)).to.deep.equal([{ expiredObjectDeleteMarker: true }, undefined]);
    });

    it("lets nobody make a bucket public", () => {
        const { resources } = standard;
        for (const name of ["s-metrics", "s-logs"]) {
            expect(input(resources, "BucketPublicAccessBlock", `${name}-public-access`)).to.deep.include({
                blockPublicAcls: true,
                blockPublicPolicy: true,
                ignorePublicAcls: true,
                restrictPublicBuckets: true,
            });
            const policy = input(resources, "BucketPolicy", `${name}-policy`).policy as string;
            expect(policy).to.include("aws:SecureTransport").and.not.include('"Allow"');
            expect(input(resources, "Bucket", name)).not.to.have.any.keys("acl", "grants", "website", "policy");
        }
    });

    it("K-64: gives each client an account that reaches its own bucket only", () => {
        const { resources } = standard;
        for (const client of clients) {
            const policy = input(resources, "UserPolicy", `s-${client}`).policy as string;
            const [own, other] = client === "loki" ? ["logs-loki", "metrics-thanos"] : ["metrics-thanos", "logs-loki"];
            expect(policy, client).to.include(own).and.not.include(other);
            expect(kubeObject(resources, "Secret", `objstore-${client}`).stringData).to.have.all.keys(
                "access-key",
                "secret-key",
            );
        }
    });

    it("V-13: keeps every key inside a secret wrapper", () => {
        const { resources } = standard;
        expect(resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
        expect(resources.flatMap((r) => leaks(r.inputs, "AKIAEXAMPLE", r.name))).to.deep.equal([]);
    });

    it("D-12: protects the buckets and keeps them private after the stack is gone", () => {
        const { resources, options } = standard;
        for (const { type, name, inputs } of resources.filter((r) => r.type.startsWith("aws:s3"))) {
            const seen = options.get(`${type} ${name}`);
            expect(seen?.retainOnDelete, name).to.equal(true);
            expect(seen?.protect, name).to.equal(type === "aws:s3/bucket:Bucket");
            expect(inputs.forceDestroy, name).to.equal(undefined);
        }
    });

    it("lets go of buckets and objects where the settings say so", async () => {
        const { resources, options } = await deployStorage({ platform: { protectData: false } });
        for (const { type, name } of resources.filter((r) => r.type.startsWith("aws:s3"))) {
            const seen = options.get(`${type} ${name}`);
            expect([seen?.retainOnDelete, seen?.protect], name).to.deep.equal([false, false]);
        }
        expect(input(resources, "Bucket", "s-metrics").forceDestroy).to.equal(true);
    });

    it("changes a bucket's access in order, which AWS refuses at once", () => {
        const { options } = standard;
        expect(options.get("aws:s3/bucketPolicy:BucketPolicy s-logs-policy")?.dependsOn).to.deep.equal([
            "s-logs-public-access",
        ]);
        expect(
            options.get("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration s-logs-lifecycle")?.dependsOn,
        ).to.deep.equal(["s-logs-versioning"]);
    });

    it("gives roles instead of keys where the cluster has an OIDC provider", async () => {
        const { resources, made } = await deployStorage({
            objectStorage: eks,
            logs: { kind: "simpleScalable" },
        });
        expect(list(resources, "aws:iam")).to.have.members(
            clients.flatMap((client) => [`Role s-${client}`, `RolePolicy s-${client}`]),
        );
        expect(list(resources, "kubernetes:core/v1:Secret")).to.deep.equal([]);
        const subjects = (client: string) => {
            const trust = JSON.parse(input(resources, "Role", `s-${client}`).assumeRolePolicy as string) as {
                Statement: [{ Condition: { StringEquals: Record<string, unknown> } }];
            };
            return trust.Statement[0].Condition.StringEquals["oidc.example.com/id/A:sub"];
        };
        expect(subjects("thanos-store")).to.deep.equal(["system:serviceaccount:monitoring:thanos-store"]);
        expect(subjects("loki")).to.deep.equal(
            ["write", "read", "backend"].map((role) => `system:serviceaccount:monitoring:loki-${role}`),
        );
        expect(made.access("loki").auth.kind).to.equal("role");
    });

    it("takes over buckets that exist, when told to", async () => {
        const { resources, options } = await deployStorage({
            objectStorage: { kind: "aws", buckets: "import" },
            longTerm: { kind: "thanos", bucket: { name: "blocks" } },
            logs: { kind: "single", storage: { kind: "s3", bucket: { name: "chunks" } } },
            platform: { protectData: false },
        });
        expect(list(resources, "aws:s3/bucket:Bucket")).to.have.members(["Bucket s-metrics", "Bucket s-logs"]);
        expect(input(resources, "Bucket", "s-metrics").bucket).to.equal("blocks");
        expect(options.get("aws:s3/bucket:Bucket s-metrics")?.import).to.equal("blocks");
        expect(list(resources, "random:index/randomString")).to.deep.equal([]);
        // Nothing but what the bucket itself can say: an import compares.
        expect(input(resources, "Bucket", "s-logs")).to.have.all.keys("bucket", "tags");
    });
});

describe("ObjectStorage on another S3 API", () => {
    it("leaves out what that API lacks, and puts the lifecycle into the bucket itself", async () => {
        const { resources } = await deployStorage({ objectStorage: hetzner });
        const bucket = (name: string) => [
            `Bucket ${name}`,
            `BucketVersioning ${name}-versioning`,
            `BucketPolicy ${name}-policy`,
        ];
        expect(list(resources, "aws:")).to.have.members([...bucket("s-metrics"), ...bucket("s-logs")]);
        expect(input(resources, "Bucket", "s-logs")).to.deep.equal({
            bucket: "logs-loki-kup6s",
            lifecycleRules: [
                { id: "expire-objects", enabled: true, expiration: { days: 90 } },
                {
                    id: "clean-up",
                    enabled: true,
                    abortIncompleteMultipartUploadDays: 7,
                    noncurrentVersionExpiration: { days: 7 },
                },
            ],
        });
    });

    it("speaks of no versions where there are none", async () => {
        const { resources } = await deployStorage({
            objectStorage: { ...hetzner, unsupported: ["versioning"] },
            longTerm: { kind: "thanos", bucket: { expireDays: "unlimited" } },
        });
        expect(list(resources, "aws:s3/bucketVersioning")).to.deep.equal([]);
        expect(input(resources, "Bucket", "s-metrics").lifecycleRules).to.deep.equal([
            { id: "clean-up", enabled: true, abortIncompleteMultipartUploadDays: 7 },
        ]);
    });

    it("asks for no TLS where there is none", async () => {
        const { resources } = await deployStorage({
            objectStorage: { kind: "compatible", endpoint: "http://minio.storage.svc:9000", region: "r" },
        });
        expect(list(resources, "aws:s3/bucketPolicy")).to.deep.equal([]);
    });

    it("K-92, K-93: names the buckets by the cluster alone: the names are the account's own", async () => {
        const { made, resources } = await deployStorage({ objectStorage: hetzner });
        expect(await outputs(made)).to.deep.equal({ metrics: "metrics-thanos-kup6s", logs: "logs-loki-kup6s" });
        expect(list(resources, "random:index/randomString")).to.deep.equal([]);
    });

    it("K-21, K-104: hands the given keys to every client", async () => {
        const { made, resources } = await deployStorage({ objectStorage: hetzner });
        for (const client of clients) {
            const { auth, endpoint, region } = made.access(client);
            expect(auth.kind === "keys" && auth.secret.name).to.equal("objstore");
            expect([endpoint, region]).to.deep.equal(["fsn1.your-objectstorage.com", "fsn1"]);
        }
        expect(list(resources, "aws:iam")).to.deep.equal([]);
    });

    it("makes an account for each client where there is an IAM API", async () => {
        const { made, resources } = await deployStorage({ objectStorage: { ...hetzner, access: { kind: "user" } } });
        expect(list(resources, "aws:iam")).to.have.lengthOf(3 * clients.length);
        const { auth } = made.access("thanos-store");
        expect(auth.kind).to.equal("keys");
    });

    it("registers nothing for buckets of somebody else", async () => {
        const { resources, made } = await deployStorage({ objectStorage: { ...hetzner, buckets: "existing" } });
        expect(list(resources, "aws:")).to.deep.equal([]);
        expect(made.access("loki").bucket).not.to.equal(undefined);
    });
});

describe("ObjectStorage", () => {
    it("makes nothing where no part keeps its data in a bucket", async () => {
        const { resources, made } = await deployStorage({
            longTerm: { kind: "none" },
            logs: { kind: "single", storage: { kind: "filesystem" } },
        });
        expect(list(resources, "aws:")).to.deep.equal([]);
        expect(made.bucketNames).to.deep.equal({});
        expect(() => made.access("loki")).to.throw(pulumi.ResourceError, "loki has no bucket");
    });

    it("gives a Compactor that is off no account", async () => {
        const { made } = await deployStorage({ longTerm: { kind: "thanos", compactor: "none" } });
        expect(() => made.access("thanos-compact")).to.throw(pulumi.ResourceError);
        expect(made.access("thanos-store").auth.kind).to.equal("keys");
    });

    it("refuses a name that no bucket can have", async () => {
        const name = "a".repeat(60);
        let error: unknown;
        await deployStorage({ cluster: { name }, objectStorage: hetzner }).catch((reason: unknown) => {
            error = reason;
        });
        expect(error).to.be.instanceOf(pulumi.ResourceError);
        expect((error as Error).message)
            .to.include(`metrics-thanos-${name}`)
            .and.include("cluster.name");
    });

    it("refuses one bucket for metrics and logs", async () => {
        const bucket = { name: "everything" };
        let error: unknown;
        await deployStorage({
            longTerm: { kind: "thanos", bucket },
            logs: { kind: "simpleScalable", bucket },
        }).catch((reason: unknown) => {
            error = reason;
        });
        expect((error as Error).message).to.include('both named "everything"');
    });

    it("gives accounts of two clusters different names, however long", () => {
        const a = { instance: "perch-prod", clusterName: "x".repeat(60) };
        const b = { ...a, clusterName: `${"x".repeat(59)}y` };
        expect(accountName({ instance: "perch-prod", clusterName: "c" }, "loki")).to.equal("perch-prod-c-loki");
        expect(accountName(a, "thanos-compact"))
            .to.have.lengthOf(64)
            .and.match(/-thanos-compact$/);
        expect(accountName(a, "thanos-compact")).not.to.equal(accountName(b, "thanos-compact"));
    });
});
