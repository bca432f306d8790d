import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { projectRoot } from "../../sandbox/paths";

describe("the log of a process of the sandbox", function () {
    this.timeout(60_000);

    let folder: string;
    let file: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-logs-test-"));
        file = path.join(folder, "logs", "etcd.log");
        fs.mkdirSync(path.dirname(file));
        fs.writeFileSync(file, "first\nsecond\nthird\n");
    });

    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    /** Runs `make logs` until it has printed what is told for, and then ends it as Ctrl-C does. */
    async function logs(
        args: readonly string[],
        reactions: Readonly<Record<string, () => void>> = {},
    ): Promise<string> {
        const child = spawn(process.execPath, ["--import", "tsx", "sandbox/cli.ts", "logs", "etcd", ...args], {
            cwd: projectRoot,
            env: { ...process.env, PERCH_SANDBOX_DIR: folder, SANDBOX: "" },
            stdio: ["ignore", "pipe", "ignore"],
            // Ctrl-C reaches all processes of a terminal.
            detached: true,
        });
        let output = "";
        const left = new Map(Object.entries(reactions));
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            output += text;
            for (const [line, react] of left) {
                if (output.includes(line)) {
                    left.delete(line);
                    react();
                }
            }
            if (left.size === 0 && Object.keys(reactions).length > 0) {
                process.kill(-(child.pid ?? NaN), "SIGINT");
            }
        });
        await once(child, "close");
        return output;
    }

    it("is printed from its last lines", async () => {
        expect(await logs(["--tail", "2"])).equals("second\nthird\n");
    });

    it("is followed, also when the process is started again and begins a new file", async () => {
        const output = await logs(["--tail", "1", "--follow"], {
            third: () => {
                fs.appendFileSync(file, "added\n");
            },
            added: () => {
                fs.renameSync(file, `${file}.1`);
                fs.writeFileSync(file, "after the rotation\n");
            },
            rotation: () => undefined,
        });
        expect(output).equals("third\nadded\nafter the rotation\n");
    });
});
