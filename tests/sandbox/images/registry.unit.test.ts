import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { ImageBuilder } from "../../../sandbox/images/builder";
import type { CatalogEntry } from "../../../sandbox/images/catalog";
import { createRegistry } from "../../../sandbox/images/registry/server";
import { ImageStore } from "../../../sandbox/images/store";

const sha256 = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

interface Answered {
    status: number;
    headers: http.IncomingHttpHeaders;
    body: Buffer;
}

interface Manifest {
    config: { digest: string; size: number; mediaType: string };
    layers: { digest: string; size: number; mediaType: string }[];
}

describe("images: the registry, over HTTP", () => {
    let folder: string;
    let store: ImageStore;
    let server: http.Server;
    let log: string[];
    let base: string;
    const greeting: CatalogEntry = {
        recipe: { files: { "/greeting": "hello\n" }, user: "65534", command: ["/greeting"], bare: true },
    };
    const known = new Map<string, CatalogEntry>([
        ["quay.io/perch/greeting:v1", greeting],
        ["docker.io/perch/simulated:1", { unavailable: "it is simulated" }],
        ["docker.io/perch/unbuilt:1", { recipe: { packages: ["perch-no-such-package"] } }],
    ]);

    beforeEach((done) => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-registry-"));
        store = new ImageStore(folder);
        log = [];
        server = createRegistry({
            store,
            builder: new ImageBuilder(store),
            upstream: {
                canReach: () => Promise.resolve(false),
                manifest: () => Promise.reject(new Error("asked a registry that can't be reached")),
                blob: () => Promise.reject(new Error("asked a registry that can't be reached")),
            },
            catalog: known,
            log: (line) => log.push(line),
        });
        server.listen(0, "127.0.0.1", () => {
            base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
            done();
        });
    });

    afterEach((done) => {
        fs.rmSync(folder, { recursive: true });
        server.close(done);
        server.closeAllConnections();
    });

    function ask(where: string, method = "GET"): Promise<Answered> {
        return new Promise((resolve, reject) => {
            const request = http.request(`${base}${where}`, { method, agent: false }, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => {
                    const { statusCode: status = 0, headers } = response;
                    resolve({ status, headers, body: Buffer.concat(chunks) });
                });
            });
            request.on("error", reject).end();
        });
    }

    const refusal = ({ status, headers, body }: Answered): unknown => [
        status,
        headers["content-type"],
        JSON.parse(body.toString()),
    ];

    it("says that it is one", async () => {
        const { status, headers, body } = await ask("/v2/");
        expect([status, headers["docker-distribution-api-version"], body.toString()]).to.deep.equal([
            200,
            "registry/2.0",
            "{}",
        ]);
    });

    it("gives an image by tag and by digest, whole and as it says, and makes it only when it is asked for", async () => {
        expect(fs.readdirSync(folder)).to.deep.equal([]);
        const { status, headers, body } = await ask("/v2/perch/greeting/manifests/v1?ns=quay.io");
        expect(status).to.equal(200);
        expect(headers).to.include({
            "content-type": "application/vnd.oci.image.manifest.v1+json",
            "content-length": `${body.length}`,
            "docker-content-digest": sha256(body),
        });
        const byDigest = await ask(`/v2/perch/greeting/manifests/${sha256(body)}?ns=quay.io`);
        expect(byDigest.body.equals(body)).to.equal(true);

        const manifest = JSON.parse(body.toString()) as Manifest;
        const [layer] = manifest.layers;
        const parts = await Promise.all(
            [manifest.config, layer!].map(({ digest }) => ask(`/v2/perch/greeting/blobs/${digest}?ns=quay.io`)),
        );
        for (const [index, { size, digest }] of [manifest.config, layer!].entries()) {
            const part = parts[index]!;
            expect([part.status, part.body.length, sha256(part.body)]).to.deep.equal([200, size, digest]);
            expect(part.headers).to.include({
                "content-type": "application/octet-stream",
                "content-length": `${size}`,
                "docker-content-digest": digest,
            });
        }
        expect(JSON.parse(parts[0]!.body.toString())).to.deep.include({
            os: "linux",
            config: {
                User: "65534",
                Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                Cmd: ["/greeting"],
                WorkingDir: "/",
                Labels: {},
            },
            rootfs: { type: "layers", diff_ids: [layer!.digest] },
        });
        expect(log).to.deep.equal([]);
    });

    it("answers HEAD with the same headers and nothing else", async () => {
        const get = await ask("/v2/perch/greeting/manifests/v1?ns=quay.io");
        const head = await ask("/v2/perch/greeting/manifests/v1?ns=quay.io", "HEAD");
        expect(head.status).to.equal(200);
        expect(head.body.length).to.equal(0);
        for (const name of ["content-type", "content-length", "docker-content-digest"]) {
            expect(head.headers[name], name).to.equal(get.headers[name]);
        }
        const none = await ask("/v2/perch/other/manifests/v1?ns=quay.io", "HEAD");
        expect([none.status, none.body.length]).to.deep.equal([404, 0]);
    });

    it("finds the registry of a known image for a client that names none", async () => {
        expect((await ask("/v2/perch/greeting/manifests/v1")).status).to.equal(200);
        expect((await ask("/v2/perch/greeting/manifests/v1?ns=docker.io")).status).to.equal(404);
    });

    it("names an image that it doesn't know and where to add it, to the client and in its log", async () => {
        const message =
            "quay.io/perch/other:v1 isn't known here, and quay.io can't be reached: add it to sandbox/images/catalog.ts";
        expect(refusal(await ask("/v2/perch/other/manifests/v1?ns=quay.io"))).to.deep.equal([
            404,
            "application/json",
            { errors: [{ code: "MANIFEST_UNKNOWN", message }] },
        ]);
        expect(log).to.deep.equal([`GET /v2/perch/other/manifests/v1?ns=quay.io: 404 ${message}`]);
        expect((await ask("/v2/perch/greeting/manifests/v2?ns=quay.io")).status, "another tag").to.equal(404);
    });

    it("says why an image can't be had", async () => {
        const message = "docker.io/perch/simulated:1 can't be had here: it is simulated";
        expect(refusal(await ask("/v2/perch/simulated/manifests/1?ns=docker.io"))).to.deep.equal([
            404,
            "application/json",
            { errors: [{ code: "MANIFEST_UNKNOWN", message }] },
        ]);
    });

    it("says what is missing for an image that it knows, in a way that makes clients ask again", async () => {
        const [status, , body] = refusal(await ask("/v2/perch/unbuilt/manifests/1?ns=docker.io")) as [
            number,
            string,
            { errors: { code: string; message: string }[] },
        ];
        expect(status).to.equal(503);
        expect(body.errors[0]!.code).to.equal("UNAVAILABLE");
        expect(body.errors[0]!.message).to.match(
            /^docker\.io\/perch\/unbuilt:1 is made of perch-no-such-package, which isn't in /,
        );
    });

    it("refuses what isn't a digest, a blob that it doesn't have, a bad name, and paths out of the store", async () => {
        const digest = sha256(Buffer.from("nothing"));
        const cases: [string, number, string][] = [
            ["/v2/perch/greeting/blobs/latest?ns=quay.io", 400, "DIGEST_INVALID"],
            [`/v2/perch/greeting/blobs/${digest}?ns=quay.io`, 404, "BLOB_UNKNOWN"],
            [`/v2/perch/greeting/manifests/${digest}?ns=quay.io`, 404, "MANIFEST_UNKNOWN"],
            ["/v2/Perch/greeting/manifests/v1?ns=quay.io", 400, "NAME_INVALID"],
            ["/v2/perch/greeting/blobs/..%2f..%2fetc%2fpasswd?ns=quay.io", 400, "NAME_INVALID"],
            ["/v2/perch/greeting/tags/list?ns=quay.io", 404, "UNSUPPORTED"],
            ["/", 404, "UNSUPPORTED"],
        ];
        for (const [where, status, code] of cases) {
            const answered = await ask(where);
            const { errors } = JSON.parse(answered.body.toString()) as { errors: { code: string }[] };
            expect([answered.status, errors[0]!.code], where).to.deep.equal([status, code]);
        }
    });

    it("can only be pulled from", async () => {
        for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
            const answered = await ask("/v2/perch/greeting/manifests/v1?ns=quay.io", method);
            expect(answered.status, method).to.equal(405);
        }
        expect(fs.readdirSync(folder)).to.deep.equal([]);
    });

    it("makes an image once for many who ask at once, and not again", async () => {
        const answers = await Promise.all([1, 2, 3].map(() => ask("/v2/perch/greeting/manifests/v1?ns=quay.io")));
        expect(new Set(answers.map(({ body }) => body.toString())).size).to.equal(1);
        const layer = (JSON.parse(answers[0]!.body.toString()) as Manifest).layers[0]!.digest;
        const made = fs.statSync(store.fileOf(layer)).ino;
        await ask("/v2/perch/greeting/manifests/v1?ns=quay.io");
        expect(fs.statSync(store.fileOf(layer)).ino).to.equal(made);
    });

    it("makes an image anew when its recipe changes or a part is gone, and keeps nothing of the old one", async () => {
        const reference = "quay.io/perch/greeting:v1";
        const builder = new ImageBuilder(store);
        const first = await builder.ensure(reference, { files: { "/a": "1" }, bare: true });
        const firstParts = store.partsOf(first.digest);
        expect(firstParts).to.have.length(3);
        const second = await builder.ensure(reference, { files: { "/a": "2" }, bare: true });
        expect(second.digest).not.to.equal(first.digest);
        expect(firstParts.filter((digest) => store.has(digest))).to.deep.equal([]);
        const third = await builder.ensure("quay.io/perch/copy:v1", { files: { "/a": "2" }, bare: true });
        expect(third.digest).to.equal(second.digest);
        await builder.ensure(reference, { files: { "/a": "3" }, bare: true });
        const parts = store.partsOf(third.digest);
        expect(
            parts.filter((digest) => !store.has(digest)),
            "another image has the same parts",
        ).to.deep.equal([]);

        fs.rmSync(store.fileOf(parts[2]!));
        await builder.ensure("quay.io/perch/copy:v1", { files: { "/a": "2" }, bare: true });
        expect(store.has(parts[2]!)).to.equal(true);
        expect(fs.readdirSync(path.join(folder, "drafts"))).to.deep.equal([]);
    });

    it("refuses a digest that isn't one as a place in its store", () => {
        expect(() => store.fileOf("sha256:../../x")).to.throw(UserError, "isn't the digest of a blob");
    });
});
