import { type Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { expect } from "chai";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { journalVariable, readBegun, settleJournal } from "../../../../sandbox/plugins/provider/journal";
import { engineAddress } from "../../../../sandbox/plugins/provider/engine-host";
import { createServer, listen } from "../../../../sandbox/plugins/provider/server";
import {
    type CreateResponse,
    PartialFailure,
    ProviderError,
    type ReadResponse,
    type ResourceProvider,
} from "../../../../sandbox/plugins/provider/types";
import { encodeProperties } from "../../../../sandbox/plugins/provider/wire";

const nothing = { inputs: {}, failures: [] };
const refuse = (): Promise<never> => Promise.reject(new ProviderError("no such thing", "not-found"));

/** Answers as the test says. */
class Scripted implements ResourceProvider {
    public readonly supportsPreview = true;
    public created: unknown;
    public createAnswer: () => Promise<CreateResponse> = refuse;
    public readAnswer: ReadResponse = { id: "", properties: {}, inputs: {} };
    public checkConfig = () => Promise.resolve(nothing);
    public diffConfig = () => Promise.resolve({ changes: "none" as const, replaces: [] });
    public configure = () => Promise.resolve();
    public check = () => Promise.resolve(nothing);
    public diff = () =>
        Promise.resolve({
            changes: "some" as const,
            replaces: ["name"],
            deleteBeforeReplace: true,
            detailedDiff: { name: { kind: "update-replace" as const, inputDiff: true } },
        });
    public create = (request: unknown) => {
        this.created = request;
        return this.createAnswer();
    };
    public read = () => Promise.resolve(this.readAnswer);
    public update = refuse;
    public delete = () => Promise.resolve();
    public invoke = refuse;
    public cancel = () => Promise.resolve();
}

const urn = "urn:pulumi:local::perch::perch:index:Monitoring$random:index/randomString:RandomString::a::b";

describe("the plugin server", () => {
    const provider = new Scripted();
    const server = createServer({ name: "test", version: "1.2.3", create: () => provider }, { log: () => undefined });
    let client: ResourceProviderClient;

    before(async () => {
        client = new ResourceProviderClient(`127.0.0.1:${await listen(server)}`, credentials.createInsecure());
    });
    after(() => {
        (client as unknown as Client).close();
        server.forceShutdown();
    });

    const create = () => {
        const request = new rpc.CreateRequest();
        request.setUrn(urn);
        request.setTimeout(7);
        request.setProperties(encodeProperties({ length: 3 }));
        return new Promise<rpc.CreateResponse | ServiceError>((resolve) => {
            client.create(request, (error, response) => {
                resolve(error ?? response);
            });
        });
    };

    it("finds type and name in the URN of an engine that doesn't send them", async () => {
        provider.createAnswer = () => Promise.resolve({ id: "1", properties: {} });
        await create();
        expect(provider.created).to.deep.equal({
            urn,
            type: "random:index/randomString:RandomString",
            name: "a::b",
            inputs: { length: 3 },
            timeout: 7,
            preview: false,
        });
    });

    it("tells the provider of a creation that an earlier run has begun", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-journal-test-"));
        const at = new Date("2026-01-01T10:00:00Z");
        settleJournal(folder, { [urn]: at });
        process.env[journalVariable] = folder;
        try {
            await create();
            expect(provider.created).to.have.deep.property("begun", at);
            expect(readBegun(folder).map((entry) => entry.urn)).to.deep.equal([urn]);
        } finally {
            Reflect.deleteProperty(process.env, journalVariable);
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("sends an error of the user's as its message alone", async () => {
        provider.createAnswer = refuse;
        const error = (await create()) as ServiceError;
        expect(error.code).to.equal(5);
        expect(error.details).to.equal("no such thing");
    });

    it("sends what exists but isn't well, so that the engine keeps it", async () => {
        provider.createAnswer = () =>
            Promise.reject(new PartialFailure("never ready", "the-id", { a: 1 }, { b: 2 }, ["why"]));
        const error = (await create()) as ServiceError;
        expect(error.metadata).to.be.instanceOf(Metadata);
        const [details] = error.metadata.get("grpc-status-details-bin");
        const [any] = Status.deserializeBinary(details as Buffer).getDetailsList();
        const failed = any!.unpack(
            (bytes: Uint8Array) => rpc.ErrorResourceInitFailed.deserializeBinary(bytes),
            "pulumirpc.ErrorResourceInitFailed",
        );
        expect(failed?.getId()).to.equal("the-id");
        expect(failed?.getProperties()?.toJavaScript()).to.deep.equal({ a: 1 });
        expect(failed?.getReasonsList()).to.deep.equal(["why"]);
    });

    it("sends no properties for a resource that is gone: empty ones would make it exist", async () => {
        const request = new rpc.ReadRequest();
        request.setUrn(urn);
        request.setId("x");
        const response = await new Promise<rpc.ReadResponse>((resolve, reject) => {
            client.read(request, (error, answer) => {
                if (error === null) {
                    resolve(answer);
                } else {
                    reject(error);
                }
            });
        });
        expect([response.getId(), response.hasProperties(), response.hasInputs()]).to.deep.equal(["", false, false]);
    });

    it("sends a diff with its paths", async () => {
        const request = new rpc.DiffRequest();
        request.setUrn(urn);
        const response = await new Promise<rpc.DiffResponse>((resolve, reject) => {
            client.diff(request, (error, answer) => {
                if (error === null) {
                    resolve(answer);
                } else {
                    reject(error);
                }
            });
        });
        expect(response.getReplacesList()).to.deep.equal(["name"]);
        expect(response.getDeletebeforereplace()).to.equal(true);
        expect(response.getDetaileddiffMap().get("name")?.getKind()).to.equal(rpc.PropertyDiff.Kind.UPDATE_REPLACE);
    });
});

describe("A plugin's process", () => {
    it("keeps what it compiled before the engine kills it", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-compiled-"));
        const program = `
            require("./sandbox/plugins/provider/server").announce(7);
            process.reallyExit(0);
        `;
        try {
            const printed = execFileSync(process.execPath, ["--import", "tsx", "--eval", program], {
                encoding: "utf8",
                env: { ...process.env, NODE_COMPILE_CACHE: folder },
            });
            expect(printed).to.equal("7\n");
            expect(fs.readdirSync(folder, { recursive: true })).to.have.length.above(1);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });
});

describe("The command line of what the engine starts", () => {
    const engine = "127.0.0.1:4000";
    for (const [what, given, address] of [
        ["nothing but the address", [engine], engine],
        ["options before it", ["--logtostderr", "-v=9", "--tracing", "tcp://127.0.0.1:5000", engine], engine],
        ["nothing, where a person starts it", [], undefined],
        ["just an option", ["--version"], undefined],
    ] as const) {
        it(`may be ${what}`, () => {
            expect(engineAddress(["node", "main.cjs", ...given])).to.equal(address);
        });
    }
});
