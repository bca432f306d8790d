import type { Command } from "commander";
import { existingCli, resourceCount, STACK } from "../engine";
import { runDir } from "../paths";
import { platformStatus } from "../platform";

async function stackLine(): Promise<string> {
    const cli = existingCli();
    const count = cli === undefined ? 0 : await resourceCount(cli);
    return `Stack ${STACK}: ${count === 0 ? "not deployed" : `${count} resources`}`;
}

export function registerStatus(program: Command): void {
    program
        .command("status")
        .description("say which processes run, where they listen and where their logs are")
        .action(async () => {
            const statuses = await platformStatus();
            const width = Math.max(...statuses.map(({ name }) => name.length));
            for (const { name, pid, port, healthy, log } of statuses) {
                const state = pid === undefined ? "stopped" : healthy ? "healthy" : "ill";
                const where = pid === undefined ? "" : ` pid ${pid}${port === undefined ? "" : `, port ${port}`}`;
                process.stdout.write(`${name.padEnd(width)}  ${state.padEnd(7)} ${where}  ${log}\n`);
            }
            process.stdout.write(`${await stackLine()}\nRun folder: ${runDir}\n`);
        });
}
