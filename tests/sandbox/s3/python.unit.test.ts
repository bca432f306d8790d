import { expect } from "chai";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { UserError } from "../../../cli/errors";
import { projectRoot } from "../../../sandbox/paths";
import { ensurePython } from "../../../sandbox/s3/python";

const { PATH } = process.env;

describe("the Python of the sandbox's S3 server", () => {
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-python-test-"));
        process.env.PATH = folder;
    });
    afterEach(() => {
        process.env.PATH = PATH;
        fs.rmSync(folder, { recursive: true });
    });

    function fakePython(script: string): void {
        fs.writeFileSync(path.join(folder, "python3"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }

    async function refusal(): Promise<string> {
        const error: unknown = await ensurePython(() => undefined, AbortSignal.timeout(10_000)).then(
            () => undefined,
            (thrown: unknown) => thrown,
        );
        expect(error).to.be.instanceOf(UserError);
        return (error as UserError).message;
    }

    it("is told with the way to get it when there is none", async () => {
        expect(await refusal())
            .to.contain("needs Python 3.10 or later with venv. None is installed")
            .and.to.contain("apt-get install python3 python3-venv");
    });

    it("is told when it is too old", async () => {
        fakePython("echo 3 9 2 cpython-39 /usr/bin/python3");
        expect(await refusal()).to.contain("Found: python3 is 3.9. Install it");
    });

    it("is told when it lacks what Debian packages apart", async () => {
        fakePython("echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1");
        expect(await refusal()).to.contain("Found: python3: ModuleNotFoundError: No module named 'ensurepip'");
    });

    it("takes no room any more for packages that a killed run has half installed", () => {
        const cache = path.join(folder, "cache");
        const program =
            'void require("./sandbox/s3/python.ts").ensurePython(() => undefined, new AbortController().signal);';
        const install = () =>
            spawnSync(process.execPath, ["--import", "tsx", "--eval", program], {
                cwd: projectRoot,
                env: { ...process.env, XDG_CACHE_HOME: cache },
                encoding: "utf8",
            });
        const found = 'if [ "$1" = -c ]; then echo 3 12 1 cpython-312 /usr/bin/python3; exit; fi';
        fakePython(`${found}\n/bin/mkdir "$3"\nkill -KILL $PPID`);
        expect(install().signal).to.equal("SIGKILL");
        expect(fs.readdirSync(path.join(cache, "perch", "s3"))).to.have.length(1);
        // Else the next run waits until it is sure that nobody renews them.
        fs.rmSync(path.join(cache, "perch", "locks"), { recursive: true });
        fakePython(`${found}\necho no room >&2\nexit 1`);
        expect(install().stderr).to.contain("Can't install the S3 server's packages: no room");
        expect(fs.readdirSync(path.join(cache, "perch", "s3"))).to.deep.equal([]);
    });
});
