import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { zipSync } from "fflate";
import { DownloadFailed, Downloader, fillIn, findChecksum } from "../../../sandbox/toolchain/download";
import type { Release } from "../../../sandbox/toolchain/releases";

const machine = { os: "linux", arch: "amd64" } as const;
const sha256 = (data: Buffer): string => crypto.createHash("sha256").update(data).digest("hex");

describe("toolchain: official downloads", () => {
    let folder: string;
    let server: http.Server;
    let base: string;
    let requests: string[];
    const answers = new Map<string, Buffer>();

    before((done) => {
        server = http.createServer((request, response) => {
            requests.push(request.url ?? "");
            if (request.url === "/silent") {
                return;
            }
            const answer = answers.get(request.url ?? "");
            response.writeHead(answer === undefined ? 404 : 200);
            if (request.url === "/stalls") {
                response.write("begin");
                return;
            }
            response.end(answer);
        });
        server.listen(0, "127.0.0.1", () => {
            base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
            done();
        });
    });

    after(() => {
        server.closeAllConnections();
        server.close();
    });

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-download-"));
        requests = [];
        answers.clear();
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    async function failure(release: Release, downloader = new Downloader(machine)): Promise<string> {
        try {
            await downloader.fetchRelease(release, "tool", folder);
        } catch (error) {
            expect(error).to.be.instanceOf(DownloadFailed);
            return (error as Error).message;
        }
        throw new Error("the download should have failed");
    }

    it("takes a plain program whose checksum is right", async () => {
        const program = Buffer.from("#!/bin/sh\n");
        answers.set("/tool-linux-amd64", program);
        answers.set("/tool-linux-amd64.sha256", Buffer.from(sha256(program)));
        const release = { url: `${base}/tool-{os}-{arch}`, checksums: `${base}/tool-{os}-{arch}.sha256` };
        const files = await new Downloader(machine).fetchRelease(release, "tool", folder);
        expect(files).to.deep.equal([path.join(folder, "tool")]);
        expect(fs.readFileSync(path.join(folder, "tool"))).to.deep.equal(program);
    });

    it("doesn't use what has the wrong checksum, and leaves nothing of it", async () => {
        answers.set("/tool", Buffer.from("not the program"));
        answers.set("/sums", Buffer.from(`${sha256(Buffer.from("the program"))}  tool\n`));
        expect(await failure({ url: `${base}/tool`, checksums: `${base}/sums` })).to.contain("wrong checksum");
        expect(fs.readdirSync(folder)).to.deep.equal([]);
    });

    it("doesn't use what the published list doesn't name", async () => {
        answers.set("/tool", Buffer.from("the program"));
        answers.set("/sums", Buffer.from(`${sha256(Buffer.from("the program"))}  other\n`));
        expect(await failure({ url: `${base}/tool`, checksums: `${base}/sums` })).to.contain(
            "no checksum is published",
        );
    });

    it("takes the named members out of a .tar.gz, the program under the tool's name", async () => {
        const source = path.join(folder, "source", "pack");
        fs.mkdirSync(source, { recursive: true });
        fs.writeFileSync(path.join(source, "tool-bin"), "program");
        fs.writeFileSync(path.join(source, "helper"), "helper");
        fs.writeFileSync(path.join(source, "unwanted"), "unwanted");
        spawnSync("tar", ["-czf", path.join(folder, "pack.tgz"), "-C", path.join(folder, "source"), "pack"]);
        answers.set("/pack.tar.gz", fs.readFileSync(path.join(folder, "pack.tgz")));
        const release: Release = { url: `${base}/pack.tar.gz`, members: ["pack/tool-bin", "pack/helper"] };
        const files = await new Downloader(machine).fetchRelease(release, "tool", path.join(folder, "new"));
        expect(files.map((file) => path.basename(file))).to.deep.equal(["tool", "helper"]);
        expect(files.map((file) => fs.readFileSync(file, "utf8"))).to.deep.equal(["program", "helper"]);
    });

    it("gets an archive once for all the programs in it, also when they are asked for at once", async () => {
        const source = path.join(folder, "source");
        fs.mkdirSync(source);
        for (const name of ["bridge", "portmap"]) {
            fs.writeFileSync(path.join(source, name), name);
        }
        spawnSync("tar", ["-czf", path.join(folder, "made.tgz"), "-C", source, "."]);
        const archive = fs.readFileSync(path.join(folder, "made.tgz"));
        answers.set("/pack.tgz", archive);
        answers.set("/pack.tgz.sha256", Buffer.from(`${sha256(archive)}  pack.tgz\n`));
        const downloader = new Downloader(machine);
        const programs = await Promise.all(
            ["bridge", "portmap"].map(async (name) => {
                const release: Release = {
                    url: `${base}/pack.tgz`,
                    checksums: `${base}/pack.tgz.sha256`,
                    members: [`./${name}`],
                };
                const [file = ""] = await downloader.fetchRelease(release, name, path.join(folder, name));
                return fs.readFileSync(file, "utf8");
            }),
        );
        expect(programs).to.deep.equal(["bridge", "portmap"]);
        expect(requests).to.deep.equal(["/pack.tgz.sha256", "/pack.tgz"]);
    });

    it("takes the named member out of a .zip", async () => {
        answers.set("/loki.zip", Buffer.from(zipSync({ "loki-linux-amd64": Buffer.from("program") })));
        const release: Release = { url: `${base}/loki.zip`, members: ["loki-linux-amd64"] };
        const [file = ""] = await new Downloader(machine).fetchRelease(release, "loki", folder);
        expect(path.basename(file)).to.equal("loki");
        expect(fs.readFileSync(file, "utf8")).to.equal("program");
    });

    it("names a member that the archive lacks", async () => {
        answers.set("/loki.zip", Buffer.from(zipSync({ other: Buffer.from("program") })));
        expect(await failure({ url: `${base}/loki.zip`, members: ["loki-linux-amd64"] })).to.contain(
            "loki-linux-amd64 isn't in it",
        );
    });

    it("says which address answers what", async () => {
        expect(await failure({ url: `${base}/absent` })).to.equal(`${base}/absent answers 404`);
    });

    it("tries a host that can't be reached once", async () => {
        const downloader = new Downloader(machine);
        const first = await failure({ url: "http://127.0.0.1:1/a" }, downloader);
        expect(first).to.contain("127.0.0.1:1 can't be reached");
        expect(await failure({ url: "http://127.0.0.1:1/b" }, downloader)).to.equal(first);
    });

    it("gives up a host that doesn't answer, and doesn't ask it again", async () => {
        const downloader = new Downloader(machine, { answer: 250, silence: 50 });
        expect(await failure({ url: `${base}/silent` }, downloader)).to.contain("no answer");
        expect(await failure({ url: `${base}/silent` }, downloader)).to.contain("no answer");
        expect(requests).to.deep.equal(["/silent"]);
    });

    it("gives up a transfer that stands still, and leaves nothing of it", async () => {
        answers.set("/stalls", Buffer.from(""));
        const downloader = new Downloader(machine, { answer: 1_000, silence: 50 });
        expect(await failure({ url: `${base}/stalls` }, downloader)).to.contain("nothing came");
        expect(fs.readdirSync(folder)).to.deep.equal([]);
    });

    it("finds a checksum alone, in a list, with a star, with a path; and not that of another file", () => {
        const sum = "a".repeat(64);
        const other = "b".repeat(64);
        expect(findChecksum(sum, "tool")).to.equal(sum);
        expect(findChecksum(`${other}  other\n${sum}  tool\n`, "tool")).to.equal(sum);
        expect(findChecksum(`${sum} *tool`, "tool")).to.equal(sum);
        expect(findChecksum(`${sum}  ./dist/tool`, "tool")).to.equal(sum);
        expect(findChecksum(`${other}  tool.sig`, "tool")).to.equal(undefined);
        expect(findChecksum("<html>not found</html>", "tool")).to.equal(undefined);
    });

    it("spells the machine as the project does", () => {
        expect(fillIn("x-{os}-{arch}", machine)).to.equal("x-linux-amd64");
        expect(fillIn("x-{os}-{arch}", machine, { amd64: "x64", arm64: "arm64" })).to.equal("x-linux-x64");
    });
});
