import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** A command of `.ci/run`, and what it is called in the summary. */
interface Stage {
    readonly name: string;
    readonly command: readonly [string, ...string[]];
}

const stages: readonly Stage[] = [
    { name: "check", command: ["npm", "run", "check"] },
    { name: "test", command: ["make", "test"] },
    { name: "sandbox", command: ["npm", "run", "test:sandbox"] },
    { name: "e2e", command: ["make", "e2e"] },
];

/** After this many minutes no stage is started: a run that is cut off says nothing about what it left out. */
const lastStartMinutes = 70;

interface Result {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
}

/** Adds up mocha's closing lines in a stage's output. */
function count(output: string, exitCode: number): Result {
    const sum = (word: string) =>
        [...output.matchAll(new RegExp(`^\\s+(\\d+) ${word}\\b`, "gm"))].reduce(
            (total, match) => total + Number(match[1]),
            0,
        );
    const failed = sum("failing");
    // A stage that ends red without a failing test (a compiler error, a crash) is a failure of its own.
    return { passed: sum("passing"), failed: exitCode !== 0 && failed === 0 ? 1 : failed, skipped: sum("pending") };
}

function run(stage: Stage): Promise<Result> {
    return new Promise((resolve, reject) => {
        const [program, ...args] = stage.command;
        const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
        let output = "";
        for (const [from, to] of [
            [child.stdout, process.stdout],
            [child.stderr, process.stderr],
        ] as const) {
            from.on("data", (chunk: Buffer) => {
                output += chunk.toString();
                to.write(chunk);
            });
        }
        child.on("error", reject);
        child.on("close", (code) => {
            resolve(count(stripVTControlCharacters(output), code ?? 1));
        });
    });
}

async function main(): Promise<void> {
    const started = Date.now();
    const total = { passed: 0, failed: 0, skipped: 0 };
    const lines: string[] = [];
    for (const stage of stages) {
        const minutes = (Date.now() - started) / 60_000;
        if (minutes > lastStartMinutes) {
            lines.push(`${stage.name}: not started, ${minutes.toFixed(0)} minutes had passed`);
            total.failed += 1;
            continue;
        }
        process.stdout.write(`\n=== ${stage.name}: ${stage.command.join(" ")}\n`);
        const begun = Date.now();
        const result = await run(stage);
        lines.push(
            `${stage.name}: ${result.passed} passed, ${result.failed} failed, ${((Date.now() - begun) / 1000).toFixed(0)} s`,
        );
        total.passed += result.passed;
        total.failed += result.failed;
        total.skipped += result.skipped;
    }
    process.stdout.write(`\n${lines.join("\n")}\n\n`);
    const skipped = total.skipped === 0 ? "" : `, ${total.skipped} skipped`;
    process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
    process.exitCode = total.failed === 0 ? 0 : 1;
}

void main();
