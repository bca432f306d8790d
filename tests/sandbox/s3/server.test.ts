import {
    CompleteMultipartUploadCommand,
    CreateBucketCommand,
    CreateMultipartUploadCommand,
    DeleteBucketCommand,
    DeleteObjectCommand,
    DeleteObjectsCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketPolicyCommand,
    GetObjectCommand,
    ListObjectVersionsCommand,
    ListObjectsV2Command,
    PutBucketLifecycleConfigurationCommand,
    PutBucketPolicyCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    type S3Client,
    UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as https from "node:https";
import { tlsOnlyPolicy } from "../../../components/object-storage/policies";
import { inRunDir } from "../../../sandbox/paths";
import { daemonStatuses } from "../../../sandbox/processes";
import { ensureS3, s3DaemonName, type S3Server } from "../../../sandbox/s3";
import { errorCode, s3Client } from "../support/s3";

const Bucket = `durable-${randomBytes(3).toString("hex")}`;
const Key = "a folder/ünï+code.txt";

function killServer(): void {
    const pid = daemonStatuses().find(({ name }) => name === s3DaemonName)?.pid;
    expect(pid).to.be.a("number");
    process.kill(pid!, "SIGKILL");
}

const read = async (client: S3Client, key = Key): Promise<string | undefined> =>
    (await client.send(new GetObjectCommand({ Bucket, Key: key }))).Body?.transformToString();

describe("the S3 API of the sandbox", () => {
    let server: S3Server;
    let client: S3Client;

    before(async () => {
        server = await ensureS3();
        client = s3Client(server);
        await client.send(new CreateBucketCommand({ Bucket }));
        await client.send(new PutObjectCommand({ Bucket, Key, Body: "content" }));
        await client.send(
            new PutBucketLifecycleConfigurationCommand({
                Bucket,
                LifecycleConfiguration: {
                    Rules: [{ ID: "r", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 730 } }],
                },
            }),
        );
        const policy = JSON.stringify(tlsOnlyPolicy(`arn:aws:s3:::${Bucket}`));
        await client.send(new PutBucketPolicyCommand({ Bucket, Policy: policy }));
    });

    it("is kept as it runs by a second start", async () => {
        expect(await ensureS3()).to.deep.equal({ ...server, outcome: "reused" });
    });

    it("has a certificate of the sandbox's own authority, and answers no plain HTTP", async () => {
        const code = await new Promise((resolve) => {
            https.get(`${server.endpoint}/-/ready`).once("error", ({ message }) => {
                resolve(message);
            });
        });
        expect(code).to.match(/certificate|issuer/);
        const plain = server.endpoint.replace("https:", "http:");
        expect(await errorCode(fetch(plain))).to.equal("TypeError");
    });

    it("asks for keys that it knows and for signatures by them", async () => {
        const list = (keys: { accessKeyId: string; secretAccessKey: string }) =>
            errorCode(s3Client(server, keys).send(new ListObjectsV2Command({ Bucket })));
        const { accessKeyId, secretAccessKey } = server;
        expect(await list({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey })).to.equal("InvalidAccessKeyId");
        expect(await list({ accessKeyId, secretAccessKey: "wrong" })).to.equal("SignatureDoesNotMatch");
        expect(await list({ accessKeyId, secretAccessKey })).to.equal("none");
    });

    it("keeps objects, bucket settings and keys when it is killed", async () => {
        await client.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
        await client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
        const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: "large" }));
        const { ETag } = await client.send(
            new UploadPartCommand({ Bucket, Key: "large", UploadId, PartNumber: 1, Body: "part" }),
        );
        await client.send(
            new CompleteMultipartUploadCommand({
                Bucket,
                Key: "large",
                UploadId,
                MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
            }),
        );
        killServer();
        expect((await ensureS3()).outcome).to.equal("started");
        expect(await read(client)).to.equal("content");
        expect(await read(client, "large")).to.equal("part");
        expect(await errorCode(read(client, "gone"))).to.equal("NoSuchKey");
        const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
        expect(Rules?.[0]?.Expiration?.Days).to.equal(730);
        const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
        expect(Policy).to.contain("aws:SecureTransport");
    });

    it("has answered only what it has kept, killed within a row of writes", async () => {
        const written: string[] = [];
        let killed = false;
        const write = async (): Promise<void> => {
            for (let index = 0; index < 500; index++) {
                const name = `row/${index}`;
                await client.send(new PutObjectCommand({ Bucket, Key: name, Body: name }));
                written.push(name);
                if (written.length === 20) {
                    killed = true;
                    killServer();
                }
            }
        };
        await write().catch(() => undefined);
        expect(killed).to.equal(true);
        await ensureS3();
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "row/" }));
        expect(Contents.map((object) => object.Key)).to.include.members(written);
    });

    it("empties a bucket whose versioning was suspended, of markers of deletion too", async () => {
        const bucket = { Bucket: `${Bucket}-versioned` };
        const versioning = (Status: "Enabled" | "Suspended") =>
            client.send(new PutBucketVersioningCommand({ ...bucket, VersioningConfiguration: { Status } }));
        await client.send(new CreateBucketCommand(bucket));
        await versioning("Enabled");
        await client.send(new PutObjectCommand({ ...bucket, Key, Body: "1" }));
        await client.send(new PutObjectCommand({ ...bucket, Key, Body: "2" }));
        await client.send(new DeleteObjectCommand({ ...bucket, Key }));
        await versioning("Suspended");
        const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand(bucket));
        expect([Versions.length, DeleteMarkers.length]).to.deep.equal([2, 1]);
        const Objects = [...Versions, ...DeleteMarkers].map(({ VersionId }) => ({ Key, VersionId }));
        await client.send(new DeleteObjectsCommand({ ...bucket, Delete: { Objects } }));
        expect(await errorCode(client.send(new DeleteBucketCommand(bucket)))).to.equal("none");
    });

    it("lists no folder in which all objects are deleted, where versions are kept", async () => {
        const bucket = { Bucket: `${Bucket}-folders` };
        await client.send(new CreateBucketCommand(bucket));
        await client.send(
            new PutBucketVersioningCommand({ ...bucket, VersioningConfiguration: { Status: "Enabled" } }),
        );
        for (const name of ["gone/a", "kept/a", "kept/b", "loose"]) {
            await client.send(new PutObjectCommand({ ...bucket, Key: name, Body: name }));
        }
        for (const name of ["gone/a", "kept/a", "loose"]) {
            await client.send(new DeleteObjectCommand({ ...bucket, Key: name }));
        }
        const listed = async (options: { Delimiter?: string; Prefix?: string }) => {
            const { Contents = [], CommonPrefixes = [] } = await client.send(
                new ListObjectsV2Command({ ...bucket, ...options }),
            );
            return [...CommonPrefixes.map(({ Prefix }) => Prefix), ...Contents.map(({ Key: name }) => name)];
        };
        expect(await listed({ Delimiter: "/" })).to.deep.equal(["kept/"]);
        expect(await listed({ Delimiter: "/", Prefix: "kept/" })).to.deep.equal(["kept/b"]);
        expect(await listed({})).to.deep.equal(["kept/b"]);
    });

    it("lets nobody else read its state", () => {
        for (const file of ["server.json", "state.sqlite"]) {
            expect(fs.statSync(inRunDir("s3", file)).mode & 0o077, file).to.equal(0);
        }
    });
});
