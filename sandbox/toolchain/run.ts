import { spawn, type ChildProcess } from "node:child_process";

/** How a program ended. */
export interface Outcome {
    /** Exit code 0, and the program could be started. */
    readonly ok: boolean;
    readonly stdout: string;
    /** What it printed as errors; at its end why it couldn't be started, or the signal that ended it. */
    readonly stderr: string;
}

export interface RunOptions {
    /** Variables beside those of this process. */
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    /** Milliseconds after which it is killed. @default none */
    readonly timeout?: number;
    readonly signal?: AbortSignal;
    /** Gives it a process group of its own. @default false */
    readonly detached?: boolean;
    /** Called with the process while it runs. */
    readonly onStart?: (child: ChildProcess) => void;
}

/** Runs a program to its end, with no input. Never rejects: a program that fails or isn't there gives `ok: false`. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return new Promise((resolve) => {
        const child = spawn(program, args, {
            env: { ...process.env, ...options.env },
            cwd: options.cwd,
            timeout: options.timeout,
            signal: options.signal,
            detached: options.detached,
            stdio: ["ignore", "pipe", "pipe"],
        });
        const output = { stdout: "", stderr: "" };
        child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
        child.on("error", (error) => {
            resolve({ ok: false, ...output, stderr: output.stderr + error.message });
        });
        child.on("close", (code, signal) => {
            const end = signal === null ? "" : `It was ended by ${signal}.`;
            resolve({ ok: code === 0, ...output, stderr: output.stderr + end });
        });
        options.onStart?.(child);
    });
}
