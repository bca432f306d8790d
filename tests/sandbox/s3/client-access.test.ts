import {
    DeleteObjectCommand,
    GetObjectCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as https from "node:https";
import { ObjectStorage } from "../../../components/object-storage";
import type { BucketClient } from "../../../components/object-storage/bucket-access";
import { Platform } from "../../../components/platform/platform";
import { settingsSchema } from "../../../config/schema";
import { awsPlugin } from "../../../sandbox/plugins/aws/plugin";
import { plain as unwrapped } from "../../../sandbox/plugins/provider/plain";
import type { PropertyMap, ResourceProvider } from "../../../sandbox/plugins/provider/types";
import { stopDaemon } from "../../../sandbox/processes";
import { ensureS3, s3DaemonName, type S3Server } from "../../../sandbox/s3";
import { deploy, plain, type Seen } from "../../support/mocks";

// A run folder that is kept holds the buckets of the last run.
const cluster = `access-${randomBytes(3).toString("hex")}`;
const buckets = { metrics: `metrics-thanos-${cluster}`, logs: `logs-loki-${cluster}` };
const bucketOf = (client: BucketClient) => (client === "loki" ? buckets.logs : buckets.metrics);
const clients: BucketClient[] = ["thanos-sidecar", "thanos-store", "thanos-compact", "loki"];

/** What the components register, for an S3 API with accounts at `endpoint`. */
async function registered(endpoint: string, region: string): Promise<Seen[]> {
    const settings = settingsSchema.parse({
        cluster: { name: cluster },
        objectStorage: { kind: "compatible", endpoint, region, access: { kind: "user" } },
        logs: { kind: "simpleScalable" },
    });
    const { resources } = await deploy((opts) => {
        const platform = new Platform(
            "p",
            { stack: "test", cluster: settings.cluster, settings: settings.platform, hostAccess: false },
            opts,
        );
        return new ObjectStorage(
            "s",
            { platform, settings: settings.objectStorage, longTerm: settings.longTerm, logs: settings.logs },
            opts,
        );
    });
    return resources.filter(({ type }) => type.startsWith("aws:"));
}

const urnOf = ({ type, name }: Seen) => `urn:pulumi:test::perch::${type}::${name}`;

async function checked(provider: ResourceProvider, resource: Seen): Promise<PropertyMap> {
    const { inputs, failures } = await provider.check({
        urn: urnOf(resource),
        type: resource.type,
        name: resource.name,
        olds: {},
        news: plain(resource.inputs) as PropertyMap,
        randomSeed: randomBytes(32),
    });
    expect(failures, resource.name).to.deep.equal([]);
    return inputs;
}

describe("The access of each client to the S3 API", function () {
    this.timeout(300_000);
    let server: S3Server;
    let provider: ResourceProvider;
    let resources: Seen[];
    const keys = new Map<string, { accessKeyId: string; secretAccessKey: string }>();

    before(async () => {
        server = await ensureS3();
        provider = awsPlugin.create({ log: () => undefined });
        await provider.configure({
            args: {
                region: server.region,
                accessKey: server.accessKeyId,
                secretKey: server.secretAccessKey,
                customCaBundle: server.caFile,
                s3UsePathStyle: true,
                endpoints: [{ s3: server.endpoint, iam: server.endpoint, sts: server.endpoint }],
            },
            variables: {},
        });
        resources = await registered(server.endpoint, server.region);
        for (const resource of resources) {
            const created = await provider.create({
                urn: urnOf(resource),
                type: resource.type,
                name: resource.name,
                inputs: await checked(provider, resource),
                timeout: 60,
                preview: false,
            });
            if (resource.type === "aws:iam/accessKey:AccessKey") {
                const { secret } = unwrapped(created.properties) as { secret: string };
                keys.set(resource.name, { accessKeyId: created.id, secretAccessKey: secret });
            }
        }
    });

    after(async () => {
        await stopDaemon(s3DaemonName);
    });

    function s3(credentials: { accessKeyId: string; secretAccessKey: string }): S3Client {
        return new S3Client({
            endpoint: server.endpoint,
            region: server.region,
            forcePathStyle: true,
            credentials,
            maxAttempts: 1,
            requestHandler: { httpsAgent: new https.Agent({ ca: fs.readFileSync(server.caFile) }) },
        });
    }

    /** Which of the four rights a client has on a bucket that holds one object. */
    async function rightsOf(client: BucketClient, Bucket: string): Promise<string[]> {
        const administrator = s3(server);
        await administrator.send(new PutObjectCommand({ Bucket, Key: "there", Body: "1" }));
        const own = s3(keys.get(`s-${client}`)!);
        const attempts = {
            list: () => own.send(new ListObjectsV2Command({ Bucket })),
            read: () => own.send(new GetObjectCommand({ Bucket, Key: "there" })),
            write: () => own.send(new PutObjectCommand({ Bucket, Key: "new", Body: "2" })),
            delete: () => own.send(new DeleteObjectCommand({ Bucket, Key: "there" })),
        };
        const granted: string[] = [];
        for (const [right, attempt] of Object.entries(attempts)) {
            try {
                await attempt();
                granted.push(right);
            } catch (error) {
                expect((error as Error).name, `${client} ${right}: ${String(error)}`).to.equal("AccessDenied");
            }
        }
        return granted;
    }

    it("K-64: is what the client needs in its own bucket", async () => {
        const granted = new Map<string, string[]>();
        for (const client of clients) {
            granted.set(client, await rightsOf(client, bucketOf(client)));
        }
        expect(Object.fromEntries(granted)).to.deep.equal({
            "thanos-sidecar": ["list", "read", "write"],
            "thanos-store": ["list", "read"],
            "thanos-compact": ["list", "read", "write", "delete"],
            loki: ["list", "read", "write", "delete"],
        });
    });

    it("K-64: is nothing in the other bucket", async () => {
        for (const client of clients) {
            const other = client === "loki" ? buckets.metrics : buckets.logs;
            expect(await rightsOf(client, other), client).to.deep.equal([]);
        }
    });

    it("D-12: leaves a bucket that an import takes back as it is", async () => {
        for (const bucket of resources.filter(({ type }) => type === "aws:s3/bucket:Bucket")) {
            const { bucket: id } = plain(bucket.inputs) as { bucket: string };
            const known = { urn: urnOf(bucket), type: bucket.type, name: bucket.name };
            const found = await provider.read({ ...known, id, properties: {}, inputs: {} });
            const news = await checked(provider, bucket);
            const { changes } = await provider.diff({
                ...known,
                id,
                olds: found.properties,
                oldInputs: found.inputs,
                news,
                ignoreChanges: [],
            });
            expect(changes, id).to.equal("none");
        }
    });
});
