import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { engineFiles } from "../../../sandbox/engine/home";
import { projectRoot } from "../../../sandbox/paths";
import { readBegun } from "../../../sandbox/plugins/provider/journal";

/** How long `make up` may take until it has begun so many changes. */
const patienceMs = 300_000;

/** How a run ended, and all that it has printed. */
export interface Run {
    readonly code: number | null;
    readonly output: string;
}

/** A run of what `make up` runs, in a process group of its own, as a terminal gives it. */
export class MakeUp {
    private readonly child: ChildProcess;
    private readonly closed: Promise<unknown>;
    private readonly started = new Date();
    private output = "";

    /** @param variables beside those of this process */
    constructor(profile: string, variables: Readonly<Record<string, string>> = {}) {
        const file = path.join(projectRoot, "sandbox", "cli.ts");
        this.child = spawn(process.execPath, ["--import", "tsx", file, "up", "--profile", profile], {
            cwd: projectRoot,
            env: { ...process.env, ...variables },
            detached: true,
            stdio: ["ignore", "pipe", "pipe"],
        });
        for (const stream of [this.child.stdout, this.child.stderr]) {
            stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
        }
        this.closed = once(this.child, "close");
    }

    get runs(): boolean {
        return this.child.exitCode === null && this.child.signalCode === null;
    }

    /** Waits until the run has begun so many changes of the cluster and the account. */
    hasBegun(changes: number): Promise<void> {
        const begun = () => readBegun(engineFiles.journal).filter(({ at }) => at > this.started);
        return this.hasGotTo(`begun ${changes} changes`, () => Promise.resolve(begun().length >= changes));
    }

    /**
     * Waits until something is so while the run goes on.
     * @param what it has done then, for the error when it doesn't
     */
    async hasGotTo(what: string, isSo: () => Promise<boolean>): Promise<void> {
        const end = Date.now() + patienceMs;
        while (!(await isSo())) {
            if (Date.now() > end || !this.runs) {
                throw new Error(`make up hasn't ${what}:\n${this.output}`);
            }
            await sleep(20);
        }
    }

    /** Ctrl-C: the terminal's signal goes to the whole group. */
    interrupt(): void {
        process.kill(-(this.child.pid ?? 0), "SIGINT");
    }

    async end(): Promise<Run> {
        await this.closed;
        return { code: this.child.exitCode, output: this.output };
    }
}
