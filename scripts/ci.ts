import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { count, type Result, runStages, type Stage } from "./ci-stages";

const stages: readonly Stage[] = [
    // All programs in one go: the longest build first, and what one has compiled another needn't.
    { name: "tools", command: ["npm", "run", "sandbox", "--", "tools", "--all", "--share-builds"] },
    { name: "check", command: ["npm", "run", "check"] },
    { name: "test", command: ["make", "test"] },
    { name: "sandbox", command: ["npm", "run", "test:sandbox"] },
    { name: "e2e", command: ["make", "e2e"] },
    { name: "live", command: ["make", "test-live"] },
];

function run(stage: Stage): Promise<Result> {
    process.stdout.write(`\n=== ${stage.name}: ${stage.command.join(" ")}\n`);
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
    const { text, failed } = await runStages(stages, run);
    process.stdout.write(`\n${text}`);
    process.exitCode = failed ? 1 : 0;
}

void main();
