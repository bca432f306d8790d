import * as fs from "node:fs";

/** Between two looks at the machine's processes. */
const pollMs = 50;

/** Notes the command lines of all processes of the machine, which anybody on it may read. */
export class ProcessWatch {
    private readonly seen = new Set<string>();
    private readonly known = new Set<string>();
    private readonly timer: NodeJS.Timeout;

    constructor() {
        this.timer = setInterval(() => {
            this.look();
        }, pollMs);
        this.timer.unref();
    }

    /** Ends the watch. @returns every command line that was seen, its words separated by NUL */
    stop(): string[] {
        clearInterval(this.timer);
        return [...this.seen];
    }

    private look(): void {
        for (const pid of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
            try {
                const commandLine = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
                // A process takes its words from its parent until it has become its program: it is read twice.
                const key = `${pid} ${commandLine.length}`;
                if (!this.known.has(key)) {
                    this.known.add(key);
                    this.seen.add(commandLine);
                }
            } catch {
                // It has ended meanwhile.
            }
        }
    }
}
