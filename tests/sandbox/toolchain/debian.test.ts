import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { Apt } from "../../../sandbox/toolchain/debian";

const signal = new AbortController().signal;

/** What the machine's own package management consists of. */
function machineState(): string {
    const lists = fs.readdirSync("/var/lib/apt/lists", { withFileTypes: true }).map(({ name }) => name);
    const cache = fs.readdirSync("/var/cache/apt", { recursive: true });
    const status = fs.readFileSync("/var/lib/dpkg/status", "utf8");
    return JSON.stringify([lists, cache, status]);
}

describe("toolchain: Debian packages, with the machine's apt", () => {
    let folder: string;

    before(function () {
        if (spawnSync("apt-get", ["--version"]).error !== undefined) {
            // Another distribution: the programs are then taken from PATH.
            this.skip();
        }
    });

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-apt-"));
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    it("unpacks a package with all that it depends on, and leaves the machine as it was", async () => {
        const before = machineState();
        const apt = await Apt.open(path.join(folder, "apt"), "mawk", signal);
        const { versions } = await apt.unpack(["mawk"], "nothing", path.join(folder, "root"));
        expect(Object.keys(versions)).to.include.members(["mawk", "libc6"]);
        expect(machineState()).to.equal(before);
        // Its own loader and C library, whatever the machine has.
        const loader = fs.globSync("lib*/ld-linux-*.so.*", { cwd: path.join(folder, "root") })[0] ?? "";
        const libraries = fs.globSync(["lib/*-linux-gnu", "usr/lib/*-linux-gnu"], { cwd: path.join(folder, "root") });
        const output = execFileSync(
            path.join(folder, "root", loader),
            [
                "--library-path",
                libraries.map((name) => path.join(folder, "root", name)).join(":"),
                path.join(folder, "root", "usr/bin/mawk"),
                "BEGIN { print 6 * 7 }",
            ],
            { encoding: "utf8" },
        );
        expect(output).to.equal("42\n");
    });

    it("leaves out what the machine has, for programs that run beside its libraries", async () => {
        const apt = await Apt.open(path.join(folder, "apt"), "nftables", signal);
        const { versions } = await apt.unpack(["nftables"], "machine", path.join(folder, "root"));
        expect(Object.keys(versions)).to.include("nftables").and.not.include("libc6");
    });

    it("names a package that the distribution doesn't have", async () => {
        const apt = await Apt.open(path.join(folder, "apt"), "perch-no-such-package", signal);
        const failure = await messageOf(apt.unpack(["perch-no-such-package"], "nothing", path.join(folder, "root")));
        expect(failure).to.contain("Can't get perch-no-such-package with apt-get: E: Unable to locate package");
    });

    it("takes nothing from a source that isn't signed", async () => {
        const repository = path.join(folder, "repository");
        const control = path.join(folder, "package", "DEBIAN", "control");
        fs.mkdirSync(path.dirname(control), { recursive: true });
        fs.writeFileSync(
            control,
            "Package: unsigned\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.com>\nDescription: a\n",
        );
        fs.mkdirSync(repository);
        execFileSync("dpkg-deb", ["--build", path.join(folder, "package"), path.join(repository, "unsigned.deb")]);
        const { size } = fs.statSync(path.join(repository, "unsigned.deb"));
        fs.writeFileSync(
            path.join(repository, "Packages"),
            `${fs.readFileSync(control, "utf8")}Filename: ./unsigned.deb\nSize: ${size}\n`,
        );
        const source = path.join(folder, "unsigned.list");
        fs.writeFileSync(source, `deb file:${repository} ./\n`);
        const failure = await messageOf(Apt.open(path.join(folder, "apt"), "unsigned", signal, [source]));
        expect(failure).to.match(/Can't get the lists of packages, for unsigned.*does not have a Release file/);
    });
}).timeout(120_000);

async function messageOf(attempt: Promise<unknown>): Promise<string> {
    try {
        await attempt;
        return "none";
    } catch (error) {
        expect(error).to.be.instanceOf(UserError);
        return (error as UserError).message;
    }
}
