import { Listr, type DefaultRenderer, type ListrTask, type ListrTaskWrapper, type SimpleRenderer } from "listr2";
import type { ToolName } from "./tools";

/** A tool that a run has to get. */
export interface PlannedTool {
    readonly name: ToolName;
    readonly version: string;
}

/** Told what the toolchain does. Every tool that `begin` names is finished or the run fails. */
export interface Reporter {
    begin(tools: readonly PlannedTool[]): void;
    /** A sentence about the run as a whole. */
    note(message: string): void;
    /** What a tool is at; comes often. */
    progress(name: ToolName, message: string): void;
    finish(name: ToolName, message: string): void;
    /** The run is over, well or not. Resolves when all is printed. */
    end(error?: unknown): Promise<void>;
}

/** The reporter that fits where the output goes: a live list on a terminal, plain lines elsewhere. */
export function consoleReporter(): Reporter {
    return process.stdout.isTTY ? new ListReporter() : new LineReporter();
}

/** One line per event; of the frequent ones at most one per tool and minute. */
export class LineReporter implements Reporter {
    private readonly lastProgress = new Map<ToolName, number>();

    constructor(
        private readonly write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
        private readonly now: () => number = Date.now,
    ) {}

    begin(tools: readonly PlannedTool[]): void {
        this.write(`Tools to get: ${tools.map(({ name, version }) => `${name} ${version}`).join(", ")}`);
    }

    note(message: string): void {
        this.write(message);
    }

    progress(name: ToolName, message: string): void {
        if (this.now() - (this.lastProgress.get(name) ?? -Infinity) >= 60_000) {
            this.lastProgress.set(name, this.now());
            this.write(`${name}: ${message}`);
        }
    }

    finish(name: ToolName, message: string): void {
        this.write(`${name}: ${message}`);
    }

    end(): Promise<void> {
        return Promise.resolve();
    }
}

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof SimpleRenderer>;
/** The line of a {@link ListReporter} that is about the run as a whole. */
const summary = Symbol("summary");
type Line = ToolName | typeof summary;

/** A list on the terminal: a line about the run, and one per tool. */
class ListReporter implements Reporter {
    private readonly tasks = new Map<Line, Task>();
    private readonly ends = new Map<Line, { resolve: () => void; reject: (error: Error) => void }>();
    private run: Promise<unknown> = Promise.resolve();

    begin(tools: readonly PlannedTool[]): void {
        const line = (key: Line, title: string): ListrTask<unknown, typeof DefaultRenderer, typeof SimpleRenderer> => ({
            title,
            task: (_, task) => {
                this.tasks.set(key, task);
                return new Promise<void>((resolve, reject) => this.ends.set(key, { resolve, reject }));
            },
        });
        const list = new Listr(
            [
                line(summary, "Getting tools that aren't on this machine yet"),
                ...tools.map(({ name, version }) => line(name, `${name} ${version}`)),
            ],
            // Ctrl-C is the toolchain's own business: it has to clean up first.
            {
                concurrent: true,
                exitOnError: false,
                registerSignalListeners: false,
                // The run's own error follows, and says it all.
                rendererOptions: { showErrorMessage: false },
            },
        );
        this.run = list.run();
    }

    note(message: string): void {
        this.setTitle(summary, message);
    }

    progress(name: ToolName, message: string): void {
        const task = this.tasks.get(name);
        if (task !== undefined) {
            task.output = message;
        }
    }

    finish(name: ToolName, message: string): void {
        this.setTitle(name, `${name}: ${message}`);
        this.ends.get(name)?.resolve();
        this.ends.delete(name);
    }

    async end(error?: unknown): Promise<void> {
        for (const end of this.ends.values()) {
            if (error === undefined) {
                end.resolve();
            } else {
                end.reject(new Error("stopped"));
            }
        }
        await this.run.catch(() => undefined);
    }

    private setTitle(key: Line, title: string): void {
        const task = this.tasks.get(key);
        if (task !== undefined) {
            task.title = title;
        }
    }
}
