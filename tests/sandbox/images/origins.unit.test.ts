import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { ImageBuilder } from "../../../sandbox/images/builder";
import { architecture } from "../../../sandbox/images/documents";
import { createRegistry } from "../../../sandbox/images/registry/server";
import { Upstream } from "../../../sandbox/images/registry/upstream";
import { type ImageOrigin, ImageStore } from "../../../sandbox/images/store";

const sha256 = (content: Buffer | string): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const reference = "quay.io/perch/greeting:v1";
const recipe = { files: { "/greeting": "made here\n" }, bare: true };

const config = Buffer.from("{}");
const layer = Buffer.from("pulled");
const manifest = Buffer.from(
    JSON.stringify({ config: { digest: sha256(config) }, layers: [{ digest: sha256(layer) }] }),
);
const platforms = Buffer.from(
    JSON.stringify({
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [
            { digest: sha256("of another"), platform: { os: "linux", architecture: "riscv64" } },
            { digest: sha256(manifest), platform: { os: "linux", architecture } },
            { digest: sha256("attestation"), platform: { os: "unknown", architecture: "unknown" } },
        ],
    }),
);

describe("images: pulled or made here", () => {
    let folder: string;
    let store: ImageStore;
    let servers: http.Server[];
    let official: string;
    /** What the official registry was asked for. */
    let asked: string[];

    beforeEach(async () => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-origins-"));
        store = new ImageStore(folder);
        servers = [];
        asked = [];
        const contents = new Map([config, layer, manifest, platforms].map((content) => [sha256(content), content]));
        official = await listen(
            http.createServer(({ url = "" }, response) => {
                asked.push(url);
                const version = url.split("/").at(-1) ?? "";
                const content = version === "v1" ? platforms : contents.get(version);
                response.writeHead(url === "/v2/" || content !== undefined ? 200 : 404).end(content);
            }),
        );
    });

    afterEach(() => {
        for (const server of servers) {
            server.close();
            server.closeAllConnections();
        }
        fs.rmSync(folder, { recursive: true });
    });

    function listen(server: http.Server): Promise<string> {
        servers.push(server);
        return new Promise((resolve) => {
            server.listen(0, "127.0.0.1", () => {
                resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
            });
        });
    }

    /** The registry of the sandbox, on a machine that reaches the official one or doesn't. */
    function registry(place: "online" | "offline"): Promise<string> {
        const address = place === "online" ? official : "http://127.0.0.1:1";
        return listen(
            createRegistry({
                store,
                builder: new ImageBuilder(store),
                upstream: new Upstream(store, { "quay.io": address }),
                catalog: new Map([[reference, { recipe }]]),
                log: () => undefined,
            }),
        );
    }

    async function get(base: string, what: string): Promise<Buffer> {
        const response = await fetch(`${base}/v2/perch/greeting/${what}?ns=quay.io`);
        expect(response.status, what).to.equal(200);
        return Buffer.from(await response.arrayBuffer());
    }

    /** Pulls the image as a node does. @returns digest of what its tag stands for */
    async function pull(base: string): Promise<string> {
        const top = await get(base, "manifests/v1");
        const image = top.equals(platforms) ? await get(base, `manifests/${sha256(manifest)}`) : top;
        const { config: configured, layers } = JSON.parse(image.toString()) as {
            config: { digest: string };
            layers: { digest: string }[];
        };
        for (const { digest } of [configured, ...layers]) {
            expect(sha256(await get(base, `blobs/${digest}`))).to.equal(digest);
        }
        return sha256(top);
    }

    const origin = (): ImageOrigin["kind"] | undefined => store.find(reference)?.origin.kind;

    it("one that was made gives way to the official one, once that can be reached", async () => {
        const made = await pull(await registry("offline"));
        expect(origin()).to.equal("made");
        const parts = store.partsOf(made);
        expect(parts.every((digest) => store.has(digest))).to.equal(true);

        expect(await pull(await registry("online"))).to.equal(sha256(platforms));
        expect(origin()).to.equal("pulled");
        expect(parts.filter((digest) => store.has(digest))).to.deep.equal([]);
    });

    it("one that was pulled serves without its registry, too, and nobody asks for it again", async () => {
        await pull(await registry("online"));
        expect(store.findPulled(reference)?.digest).to.equal(sha256(platforms));
        const before = asked.length;
        for (const place of ["offline", "online"] as const) {
            expect(await pull(await registry(place))).to.equal(sha256(platforms));
        }
        expect(asked).to.have.length(before);
        expect(origin()).to.equal("pulled");
    });

    it("one of which only a part was pulled is made where the rest can't be had, and is got as a whole later", async () => {
        await get(await registry("online"), "manifests/v1");
        expect(store.findPulled(reference)).to.equal(undefined);
        expect(await pull(await registry("offline"))).not.to.equal(sha256(platforms));
        expect(origin()).to.equal("made");
        expect(store.has(sha256(platforms)), "what was pulled of it").to.equal(false);
        expect(await pull(await registry("online"))).to.equal(sha256(platforms));
    });

    it("whatever is made or pulled, other images keep the parts that they share with it", async () => {
        await pull(await registry("online"));
        store.keep("quay.io/perch/alias:v1", { digest: sha256(platforms), origin: { kind: "pulled" } });
        await new ImageBuilder(store).ensure(reference, recipe);
        expect(origin()).to.equal("made");
        expect(store.findPulled("quay.io/perch/alias:v1")?.digest).to.equal(sha256(platforms));
    });

    it("is known of images that were kept before their files named it, too", async () => {
        const index = path.join(folder, "index", `${encodeURIComponent(reference)}.json`);
        const made = await new ImageBuilder(store).ensure(reference, recipe);
        const { key, look } = made.origin;
        const [, ...blobs] = store.partsOf(made.digest);
        fs.writeFileSync(index, JSON.stringify({ digest: made.digest, key, look, blobs }));
        expect(store.find(reference)).to.deep.equal(made);

        fs.writeFileSync(index, JSON.stringify({ digest: made.digest, key: "official", blobs: [] }));
        expect(origin()).to.equal("pulled");
        for (const unknown of [{ digest: made.digest }, { digest: made.digest, origin: { kind: "given" } }]) {
            fs.writeFileSync(index, JSON.stringify(unknown));
            expect(origin()).to.equal(undefined);
        }
    });
});
