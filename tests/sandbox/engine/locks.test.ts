import { expect } from "chai";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { engineFiles } from "../../../sandbox/engine/home";
import { releaseStaleLocks } from "../../../sandbox/engine/locks";

const folder = path.join(engineFiles.state, ".pulumi", "locks", "organization", "perch", "local");

function lock(pid: number, { timestamp = new Date(), hostname = os.hostname() } = {}): string {
    const file = path.join(folder, `${pid}.json`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, JSON.stringify({ pid, username: "me", hostname, timestamp }));
    return file;
}

describe("locks of the sandbox's stack", () => {
    it("go when the engine that took them is gone, or when its pid is another program's now", () => {
        const other = lock(process.pid);
        const gone = lock(2 ** 22 + 1);
        releaseStaleLocks();
        expect([other, gone].filter((file) => fs.existsSync(file))).to.deep.equal([]);
    });

    it("stay while their engine runs, and say who it is", async () => {
        const program = path.join(engineFiles.home, "pulumi");
        fs.mkdirSync(engineFiles.home, { recursive: true });
        fs.copyFileSync("/bin/sleep", program);
        const engine = spawn(program, ["60"], { stdio: "ignore" });
        try {
            await new Promise((resolve) => engine.once("spawn", resolve));
            // The process table may call a process younger than it is.
            const file = lock(engine.pid!, { timestamp: new Date(Date.now() - 60_000) });
            expect(() => {
                releaseStaleLocks();
            }).to.throw(`in use by another run of pulumi (process ${engine.pid!})`);
            expect(fs.existsSync(file)).to.equal(true);
        } finally {
            engine.kill("SIGKILL");
            fs.rmSync(folder, { recursive: true });
        }
    });

    it("of another host stay, and say what to do when there is none any more", () => {
        const file = lock(2 ** 22 + 1, { hostname: "of-yesterday" });
        const refusal = new RegExp(`on the host of-yesterday \\(process 4194305\\); .*remove ${file} and run`);
        expect(() => {
            releaseStaleLocks();
        }).to.throw(refusal);
        fs.rmSync(file);
        releaseStaleLocks();
    });
});
