import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { oneAtATime } from "../../sandbox/one-at-a-time";
import { projectRoot, runDir } from "../../sandbox/paths";
import { keepTarget, readTarget } from "../../sandbox/target";

const execute = promisify(execFile);

/** What a command says that comes while this process is within `make up`. */
function meanwhile(command: string, during: () => void): Promise<{ stdout: string; stderr: string }> {
    let result: Promise<{ stdout: string; stderr: string }> | undefined;
    const up = async (): Promise<void> => {
        keepTarget({ kind: "simulated" });
        const program = path.join(projectRoot, "sandbox", "cli.ts");
        const child = execute(process.execPath, ["--import", "tsx", program, command], { cwd: projectRoot });
        result = child;
        await new Promise((resolve) => child.child.stderr?.once("data", resolve));
        during();
    };
    return oneAtATime("make up", up, { report: () => undefined }).then(() => result!);
}

const waits = `  Waiting for process ${process.pid} (make up), which works on the sandbox in ${runDir}\n`;

describe("commands that change the sandbox", () => {
    it("wait for the one that does: make down stops nothing under a make up that has deployed nothing yet", async () => {
        const { stdout, stderr } = await meanwhile("down", () => {
            expect(readTarget()).to.deep.equal({ kind: "simulated" });
        });
        expect([stdout, stderr]).to.deep.equal(["Stopped.\n", waits]);
        expect(readTarget()).to.equal(undefined);
    });

    it("so does make clean, which then leaves nothing", async () => {
        const { stdout, stderr } = await meanwhile("clean", () => {
            expect(readTarget()).to.deep.equal({ kind: "simulated" });
        });
        expect([stdout, stderr]).to.deep.equal([`Removed ${runDir}\n`, waits]);
        expect(fs.existsSync(runDir)).to.equal(false);
    });

    it("don't wait for ever, and say how to end what they wait for", async () => {
        const report = () => undefined;
        const refused = await oneAtATime(
            "make up",
            () => oneAtATime("make clean", () => Promise.resolve(""), { report, waitMs: 100 }),
            { report },
        ).catch((error: unknown) => String(error));
        expect(refused).to.contain(
            `still in use by process ${process.pid} (make up): wait for it, or stop it with Ctrl-C`,
        );
        expect(refused).to.contain(`"kill ${process.pid}"`);
    });
});
