import type { Command } from "commander";
import { UserError } from "../../cli/errors";
import { ensureTools, isToolName, toolNames } from "../toolchain";

interface Options {
    readonly all?: boolean;
    readonly build?: boolean;
    readonly shareBuilds?: boolean;
}

export function registerTools(program: Command): void {
    program
        .command("tools")
        .description("get the programs that the sandbox and the tests run, and say where they are")
        .argument("[names...]", `which ones, of: ${toolNames.join(", ")}`)
        .option("--all", "all that there are")
        .option(
            "--build",
            "pass over PATH and official downloads: what isn't in the cache is built from source, or unpacked from a package",
        )
        .option("--share-builds", "let builds share all that is compiled, where 40 GB of disk are free")
        .action(async (names: string[], { all, build, shareBuilds }: Options) => {
            const unknown = names.filter((name) => !isToolName(name));
            if (unknown.length > 0) {
                throw new UserError(`No tool is called ${unknown.join(", ")}; there are: ${toolNames.join(", ")}.`);
            }
            if (names.length === 0 && all !== true) {
                throw new UserError(`Name the tools to get: ${toolNames.join(", ")}.`);
            }
            const places = await ensureTools(all === true ? toolNames : names.filter(isToolName), {
                from: build === true ? "build" : "anywhere",
                shareBuilds,
            });
            for (const [name, place] of Object.entries(places)) {
                process.stdout.write(`${name} ${place}\n`);
            }
        });
}
