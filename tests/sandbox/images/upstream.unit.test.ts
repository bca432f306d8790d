import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { parseReference } from "../../../sandbox/images/reference";
import { RegistryError } from "../../../sandbox/images/registry/errors";
import { Upstream } from "../../../sandbox/images/registry/upstream";
import { ImageStore } from "../../../sandbox/images/store";

const sha256 = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const layer = Buffer.from("a layer");
const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, layers: [{ digest: sha256(layer), size: layer.length }] }),
);

/** A request as the server saw it. */
interface Seen {
    path: string;
    authorization: string | undefined;
    accept: string | undefined;
}

describe("images: official registries", () => {
    let folder: string;
    let store: ImageStore;
    let upstream: Upstream;
    let servers: http.Server[];
    let registry: string;
    let seen: Seen[];
    let issued: number;
    /** Answers in place of the right ones, by path. */
    let instead: Map<string, (response: http.ServerResponse) => void>;

    beforeEach(async () => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-upstream-"));
        store = new ImageStore(folder);
        seen = [];
        issued = 0;
        instead = new Map();
        servers = [];
        const elsewhere = await serve((request, response) => {
            seen.push(asSeen("elsewhere", request));
            response.end(layer);
        });
        const authority = await serve((request, response) => {
            seen.push(asSeen("token", request));
            issued += 1;
            response.end(JSON.stringify({ token: `secret-${issued}`, expires_in: 300 }));
        });
        registry = await serve((request, response) => {
            seen.push(asSeen("", request));
            const [where = ""] = (request.url ?? "").split("?");
            if (request.headers.authorization !== `Bearer secret-${issued}`) {
                const challenge = `Bearer realm="${authority}/token",service="registry",scope="repository:a/b:pull"`;
                response.writeHead(401, { "WWW-Authenticate": challenge }).end();
                return;
            }
            const other = instead.get(where);
            if (other !== undefined) {
                other(response);
            } else if (where === "/v2/a/b/manifests/v1" || where === `/v2/a/b/manifests/${sha256(manifest)}`) {
                response.setHeader("Docker-Content-Digest", sha256(manifest)).end(manifest);
            } else if (where === `/v2/a/b/blobs/${sha256(layer)}`) {
                response.writeHead(307, { Location: `${elsewhere}/layer` }).end();
            } else {
                response.writeHead(404).end();
            }
        });
        upstream = new Upstream(store, { "quay.io": registry }, { answer: 2_000, silence: 100 });
    });

    afterEach(() => {
        for (const server of servers) {
            server.close();
            server.closeAllConnections();
        }
        fs.rmSync(folder, { recursive: true });
    });

    function serve(listener: http.RequestListener): Promise<string> {
        const server = http.createServer(listener);
        servers.push(server);
        return new Promise((resolve) => {
            server.listen(0, "127.0.0.1", () => {
                resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
            });
        });
    }

    const asSeen = (name: string, { url = "", headers }: http.IncomingMessage): Seen => ({
        path: `${name}${url}`,
        authorization: headers.authorization,
        accept: headers.accept,
    });

    const image = parseReference("quay.io/a/b:v1");
    const blobOf = (digest: string) => parseReference(`quay.io/a/b@${digest}`);

    async function refusal(attempt: Promise<unknown>): Promise<[number, string, string]> {
        const error: unknown = await attempt.then(
            () => undefined,
            (thrown: unknown) => thrown,
        );
        expect(error).to.be.instanceOf(RegistryError);
        const { status, code, message } = error as RegistryError;
        return [status, code, message];
    }

    it("takes a registry that asks who is there for one that can be reached, and asks once", async () => {
        expect(await upstream.canReach("quay.io")).to.equal(true);
        expect(await upstream.canReach("quay.io")).to.equal(true);
        expect(seen.map((request) => request.path)).to.deep.equal(["/v2/"]);
    });

    it("takes a registry that doesn't answer, or answers with an error, for away", async () => {
        const broken = await serve((_, response) => response.writeHead(503).end());
        const away = new Upstream(store, { a: "http://127.0.0.1:1", b: broken });
        expect(await away.canReach("a")).to.equal(false);
        expect(await away.canReach("b")).to.equal(false);
    });

    it("gets a token when one is demanded, and uses it for all of the image", async () => {
        expect(await upstream.manifest(image)).to.equal(sha256(manifest));
        await upstream.blob(blobOf(sha256(layer)));
        expect(fs.readFileSync(store.fileOf(sha256(manifest))).equals(manifest)).to.equal(true);
        expect(fs.readFileSync(store.fileOf(sha256(layer))).equals(layer)).to.equal(true);
        expect(seen.map(({ path: where, authorization }) => [where, authorization])).to.deep.equal([
            ["/v2/a/b/manifests/v1", undefined],
            ["token/token?scope=repository%3Aa%2Fb%3Apull&service=registry", undefined],
            ["/v2/a/b/manifests/v1", "Bearer secret-1"],
            [`/v2/a/b/blobs/${sha256(layer)}`, "Bearer secret-1"],
            // What isn't the registry doesn't get the registry's token.
            ["elsewhere/layer", undefined],
        ]);
        expect(seen[0]!.accept).to.contain("application/vnd.oci.image.index.v1+json");
    });

    it("gets a new token when the old one isn't taken any more", async () => {
        await upstream.manifest(image);
        issued += 1;
        await upstream.blob(blobOf(sha256(layer)));
        expect(issued).to.equal(3);
    });

    it("keeps what it got, and asks for it no more", async () => {
        await upstream.manifest(image);
        await upstream.blob(blobOf(sha256(layer)));
        const asked = seen.length;
        const again = new Upstream(store, { "quay.io": registry });
        expect(await again.manifest(image)).to.equal(sha256(manifest));
        expect(await again.manifest(blobOf(sha256(manifest)))).to.equal(sha256(manifest));
        await again.blob(blobOf(sha256(layer)));
        expect(seen.length).to.equal(asked);
    });

    it("keeps nothing whose digest is wrong", async () => {
        const wrong = Buffer.from("something else");
        instead.set("/v2/a/b/manifests/v1", (response) => {
            response.setHeader("Docker-Content-Digest", sha256(manifest)).end(wrong);
        });
        instead.set(`/v2/a/b/manifests/${sha256(manifest)}`, (response) => response.end(wrong));
        instead.set(`/v2/a/b/blobs/${sha256(layer)}`, (response) => response.end(wrong));
        const came = (name: string, promised: Buffer): [number, string, string] => [
            502,
            "UNAVAILABLE",
            `${name} came as ${sha256(wrong)} in place of ${sha256(promised)}: it isn't used`,
        ];
        expect(await refusal(upstream.manifest(image))).to.deep.equal(came("quay.io/a/b:v1", manifest));
        expect(await refusal(upstream.manifest(blobOf(sha256(manifest))))).to.deep.equal(
            came(`quay.io/a/b@${sha256(manifest)}`, manifest),
        );
        expect(await refusal(upstream.blob(blobOf(sha256(layer))))).to.deep.equal(
            came(`quay.io/a/b@${sha256(layer)}`, layer),
        );
        for (const content of [wrong, manifest, layer]) {
            expect(store.has(sha256(content))).to.equal(false);
        }
        expect(fs.readdirSync(path.join(folder, "drafts"))).to.deep.equal([]);
    });

    it("passes on that an image isn't there, and says what else is wrong", async () => {
        expect(await refusal(upstream.manifest(parseReference("quay.io/a/b:v2")))).to.deep.equal([
            404,
            "MANIFEST_UNKNOWN",
            "quay.io answers 404 when asked for quay.io/a/b:v2",
        ]);
        const missing = `sha256:${"0".repeat(64)}`;
        expect((await refusal(upstream.blob(blobOf(missing))))[1]).to.equal("BLOB_UNKNOWN");
        instead.set("/v2/a/b/manifests/v1", (response) => response.writeHead(429).end());
        expect(await refusal(upstream.manifest(image))).to.deep.equal([
            502,
            "UNAVAILABLE",
            "quay.io answers 429 when asked for quay.io/a/b:v1",
        ]);
    });

    it("gives up a transfer that breaks off or stands still, and leaves nothing of it", async () => {
        const where = `/v2/a/b/blobs/${sha256(layer)}`;
        instead.set(where, (response) => {
            response.writeHead(200, { "Content-Length": 100 }).write("begin");
            setTimeout(() => response.destroy(), 20);
        });
        expect((await refusal(upstream.blob(blobOf(sha256(layer)))))[0]).to.equal(502);
        instead.set(where, (response) => {
            response.writeHead(200, { "Content-Length": 100 }).write("begin");
        });
        const [, , message] = await refusal(upstream.blob(blobOf(sha256(layer))));
        expect(message).to.equal(`quay.io/a/b@${sha256(layer)}: nothing came for 0.1 s`);
        expect(store.has(sha256(layer))).to.equal(false);
        expect(fs.readdirSync(path.join(folder, "drafts"))).to.deep.equal([]);
    });

    it("says so where a registry gives an image only to those it knows", async () => {
        const closed = await serve((_, response) => {
            response.writeHead(401, { "WWW-Authenticate": 'Basic realm="closed"' }).end();
        });
        const basic = new Upstream(store, { "quay.io": closed });
        expect(await refusal(basic.manifest(image))).to.deep.equal([
            502,
            "UNAVAILABLE",
            "quay.io gives a/b only to those it knows",
        ]);
    });
});
