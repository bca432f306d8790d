import {
    CreateBucketCommand,
    DeleteBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    type S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { inlineRule, lifecycle, separateRule } from "../../../../components/object-storage/lifecycle";
import { clientPolicy, tlsOnlyPolicy, trustPolicy } from "../../../../components/object-storage/policies";
import { awsKinds, awsPlugin } from "../../../../sandbox/plugins/aws/plugin";
import { plain } from "../../../../sandbox/plugins/provider/plain";
import { type PropertyMap, type ResourceProvider, Secret } from "../../../../sandbox/plugins/provider/types";
import { ensureS3, type S3Server } from "../../../../sandbox/s3";
import { s3Client } from "../../support/s3";

const tag = randomBytes(3).toString("hex");
const bucket = `bucket-${tag}`;
const arn = `arn:aws:s3:::${bucket}`;
const asJson = (value: unknown): PropertyMap[] => JSON.parse(JSON.stringify(value)) as PropertyMap[];

const types = Object.fromEntries(Object.keys(awsKinds).map((type) => [type.split(":").at(-1)!, type]));
const identity = (kind: string) => ({ type: types[kind]!, name: "it", urn: `urn:pulumi:t::t::${types[kind]!}::it` });

interface Made {
    id: string;
    inputs: PropertyMap;
    properties: PropertyMap;
}

describe("the stand-in for aws, on the S3 and IAM APIs", () => {
    let server: S3Server;
    let client: S3Client;
    let provider: ResourceProvider;

    before(async () => {
        server = await ensureS3();
        client = s3Client(server);
        provider = awsPlugin.create({ log: () => undefined });
        const endpoints = JSON.stringify([{ s3: server.endpoint, iam: server.endpoint, sts: server.endpoint }]);
        await provider.configure({
            variables: {},
            args: {
                endpoints,
                region: server.region,
                s3UsePathStyle: "true",
                customCaBundle: server.caFile,
                accessKey: new Secret(server.accessKeyId),
                secretKey: new Secret(server.secretAccessKey),
            },
        });
    });

    const check = async (kind: string, news: PropertyMap): Promise<PropertyMap> => {
        const checked = await provider.check({ ...identity(kind), olds: {}, news, randomSeed: randomBytes(32) });
        expect(checked.failures).to.deep.equal([]);
        return checked.inputs;
    };
    const create = async (kind: string, news: PropertyMap, begun?: Date): Promise<Made> => {
        const inputs = await check(kind, news);
        const request = { ...identity(kind), inputs, timeout: 0, preview: false };
        return { ...(await provider.create(begun === undefined ? request : { ...request, begun })), inputs };
    };
    const read = (kind: string, { id, properties, inputs }: Made) =>
        provider.read({ ...identity(kind), id, properties, inputs });
    const update = async (kind: string, made: Made, news: PropertyMap): Promise<Made> => {
        const inputs = await check(kind, news);
        const olds = { olds: made.properties, oldInputs: made.inputs };
        const { changes, replaces } = await provider.diff({
            ...identity(kind),
            id: made.id,
            ...olds,
            news: inputs,
            ignoreChanges: [],
        });
        expect({ changes, replaces }, kind).to.deep.equal({ changes: "some", replaces: [] });
        const request = { ...identity(kind), id: made.id, ...olds, news: inputs, ignoreChanges: [], timeout: 0 };
        const { properties } = await provider.update({ ...request, preview: false });
        return { id: made.id, inputs, properties };
    };
    const remove = (kind: string, { id, properties, inputs }: Made) =>
        provider.delete({ ...identity(kind), id, properties, oldInputs: inputs, timeout: 0 });
    const messageOf = (work: Promise<unknown>): Promise<string> =>
        work.then(
            () => "no error",
            (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );

    const document = (value: object): string => JSON.stringify(value);
    const cycle: [kind: string, before: PropertyMap, after: PropertyMap | undefined][] = [
        [
            "BucketVersioning",
            { versioningConfiguration: { status: "Enabled" } },
            { versioningConfiguration: { status: "Suspended" } },
        ],
        [
            "BucketLifecycleConfiguration",
            { rules: asJson(lifecycle(90, true).map(separateRule)) },
            { rules: asJson(lifecycle("unlimited", true).map(separateRule)) },
        ],
        [
            "BucketServerSideEncryptionConfiguration",
            { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
            { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true }] },
        ],
        [
            "BucketPublicAccessBlock",
            { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
            { blockPublicAcls: true },
        ],
        [
            "BucketOwnershipControls",
            { rule: { objectOwnership: "BucketOwnerEnforced" } },
            { rule: { objectOwnership: "ObjectWriter" } },
        ],
        [
            "BucketPolicy",
            { policy: document(tlsOnlyPolicy(arn)) },
            { policy: document(clientPolicy("loki", arn)).replaceAll('"Action"', '"Principal":"*","Action"') },
        ],
        ["User", { name: `user-${tag}`, tags: { a: "1" } }, { name: `user-${tag}`, tags: { b: "2" } }],
        [
            "UserPolicy",
            { user: `user-${tag}`, name: "bucket", policy: document(clientPolicy("loki", arn)) },
            { user: `user-${tag}`, name: "bucket", policy: document(clientPolicy("thanos-store", arn)) },
        ],
        ["AccessKey", { user: `user-${tag}` }, { user: `user-${tag}`, status: "Inactive" }],
        [
            "Role",
            {
                name: `role-${tag}`,
                assumeRolePolicy: document(
                    trustPolicy("arn:aws:iam::123456789012:oidc-provider/x", "monitoring", ["loki"]),
                ),
            },
            {
                name: `role-${tag}`,
                description: "now",
                assumeRolePolicy: document(
                    trustPolicy("arn:aws:iam::123456789012:oidc-provider/y", "monitoring", ["loki"]),
                ),
            },
        ],
        [
            "RolePolicy",
            { role: `role-${tag}`, name: "bucket", policy: document(clientPolicy("loki", arn)) },
            { role: `role-${tag}`, name: "bucket", policy: document(clientPolicy("thanos-store", arn)) },
        ],
        [
            "Policy",
            { name: `policy-${tag}`, policy: document(clientPolicy("loki", arn)) },
            { name: `policy-${tag}`, policy: document(clientPolicy("thanos-store", arn)) },
        ],
        [
            "RolePolicyAttachment",
            { role: `role-${tag}`, policyArn: `arn:aws:iam::123456789012:policy/policy-${tag}` },
            undefined,
        ],
        [
            "UserPolicyAttachment",
            { user: `user-${tag}`, policyArn: `arn:aws:iam::123456789012:policy/policy-${tag}` },
            undefined,
        ],
    ];
    const living = new Map<string, Made>();

    it("makes a bucket, named by hand or by itself", async () => {
        const rules = asJson(lifecycle(90, true).map(inlineRule));
        const made = await create("Bucket", { bucket, lifecycleRules: rules, tags: { a: "1" } });
        living.set("Bucket", made);
        expect(made.properties).to.deep.include({
            arn,
            bucketRegionalDomainName: `${bucket}.s3.${server.region}.amazonaws.com`,
        });
        const named = await create("Bucket", {});
        expect(named.id).to.match(/^it-[0-9a-f]{7}$/);
        await remove("Bucket", named);
        expect((await read("Bucket", named)).id).to.equal("");
    });

    for (const [kind, before, after] of cycle) {
        it(`makes, finds without drift, changes and finds again: ${kind}`, async () => {
            const scoped = (inputs: PropertyMap): PropertyMap =>
                types[kind]!.startsWith("aws:s3/") ? { bucket, ...inputs } : inputs;
            let made = await create(kind, scoped(before));
            expect(await read(kind, made), "refresh").to.deep.equal(made);
            if (after !== undefined) {
                made = await update(kind, made, scoped(after));
                expect(await read(kind, made), "refresh after the update").to.deep.equal(made);
            }
            const imported = await provider.read({ ...identity(kind), id: made.id, properties: {}, inputs: {} });
            expect(plain(imported.inputs), "import").to.deep.equal(plain(made.inputs));
            living.set(kind, made);
        });
    }

    it("keeps the key of an account secret", () => {
        expect(living.get("AccessKey")!.properties.secret).to.be.instanceOf(Secret);
    });

    it("changes rules and tags of a bucket in place, and leaves rules alone that aren't its own", async () => {
        const made = await update("Bucket", living.get("Bucket")!, { bucket, tags: { b: "2" } });
        living.set("Bucket", made);
        expect((await read("Bucket", made)).inputs).to.deep.equal(made.inputs);
    });

    it("sees what was changed or deleted behind its back", async () => {
        const versioning = await update("BucketVersioning", living.get("BucketVersioning")!, {
            bucket,
            versioningConfiguration: { status: "Enabled" },
        });
        await client.send(
            new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Suspended" } }),
        );
        expect((await read("BucketVersioning", versioning)).inputs.versioningConfiguration).to.deep.equal({
            status: "Suspended",
        });
        await client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
        expect((await read("BucketPolicy", living.get("BucketPolicy")!)).id).to.equal("");
    });

    it("refuses a bucket that exists, and says how to take it over", async () => {
        const foreign = `foreign-${tag}`;
        await client.send(new CreateBucketCommand({ Bucket: foreign }));
        const message = await messageOf(create("Bucket", { bucket: foreign }));
        expect(message).to.match(/^creating S3 Bucket \(foreign-\w+\): BucketAlready/);
        expect(message).to.contain(`import: "${foreign}"`);
        const { inputs } = await provider.read({ ...identity("Bucket"), id: foreign, properties: {}, inputs: {} });
        expect(inputs.bucket).to.equal(foreign);
    });

    it("deletes in any order, twice too, but no bucket with objects unless told", async () => {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: "x", Body: "y" }));
        for (const kind of ["RolePolicyAttachment", "UserPolicyAttachment", ...living.keys()].reverse()) {
            if (kind !== "Bucket" && kind !== "User" && kind !== "Role" && kind !== "Policy") {
                await remove(kind, living.get(kind)!);
                await remove(kind, living.get(kind)!);
            }
        }
        for (const kind of ["User", "Role", "Policy"]) {
            await remove(kind, living.get(kind)!);
            expect((await read(kind, living.get(kind)!)).id, kind).to.equal("");
        }
        const made = living.get("Bucket")!;
        expect(await messageOf(remove("Bucket", made))).to.match(/deleting S3 Bucket .*BucketNotEmpty.*forceDestroy/);
        await remove("Bucket", { ...made, properties: { ...made.properties, forceDestroy: true } });
        expect((await read("Bucket", made)).id).to.equal("");
        await remove("Bucket", made);
    });

    it("says what it asked and what the API answered when it is refused", async () => {
        const message = await messageOf(
            create("UserPolicy", { user: "nobody", name: "n", policy: document(clientPolicy("loki", arn)) }),
        );
        expect(message).to.match(/^creating IAM User Policy \(nobody:n\): NoSuchEntity/);
    });

    it("refuses wrong settings and wrong inputs with their names", async () => {
        const other = awsPlugin.create({ log: () => undefined });
        const configure = (args: PropertyMap) =>
            messageOf(other.configure({ variables: {}, args: { region: "x", ...args } }));
        expect(await configure({ customCaBundle: "/nowhere.pem" })).to.contain("/nowhere.pem");
        expect(await configure({ endpoints: '[{"ec2":"x"}]' })).to.contain("ec2");
        const request = { ...identity("BucketLifecycleConfiguration"), olds: {}, randomSeed: new Uint8Array() };
        const { failures } = await provider.check({
            ...request,
            news: { bucket, rules: [{ id: "a", status: "Enabled", expiration: { day: 1 } }] },
        });
        expect(failures).to.have.lengthOf(1);
        expect(failures[0]!.property).to.equal("rules.0.expiration");
        expect(failures[0]!.reason).to.contain("day");
    });

    it("goes on with what an earlier run began and nobody learned the end of", async () => {
        const begun = new Date();
        const name = `cut-off-${tag}`;
        for (const [kind, inputs] of [
            ["Bucket", { bucket: name, tags: { a: "1" } }],
            ["User", { name, tags: { a: "1" } }],
            [
                "Role",
                {
                    name,
                    assumeRolePolicy: JSON.stringify(
                        trustPolicy("arn:aws:iam::123456789012:oidc-provider/x", "n", ["s"]),
                    ),
                },
            ],
        ] as const) {
            const first = await create(kind, inputs);
            const second = await create(kind, inputs, begun);
            expect({ ...second, inputs: undefined }, kind).to.deep.equal({ ...first, inputs: undefined });
            const later = new Date(Date.now() + 2_000);
            const refused = await create(kind, inputs, later).catch((error: unknown) => String(error));
            expect(refused, kind).to.match(/AlreadyExists|AlreadyOwnedByYou/);
        }
        const kept = await create("AccessKey", { user: name });
        await create("AccessKey", { user: name }, begun);
        expect((await read("AccessKey", kept)).id).to.equal("");
    });
});
