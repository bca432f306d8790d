import * as fs from "node:fs";
import type { Command } from "commander";
import { UserError } from "../../cli/errors";
import { cacheDir } from "../paths";
import { activeWorkspaces } from "../toolchain";

export function registerDistclean(program: Command): void {
    program
        .command("distclean")
        .description("remove the tools that all checkouts of this user share; the next run gets them again")
        .action(async () => {
            if (activeWorkspaces().length > 0) {
                throw new UserError(`Another run is getting tools in ${cacheDir}: wait for it or stop it first.`);
            }
            await fs.promises.rm(cacheDir, { recursive: true, force: true, maxRetries: 3 });
            process.stdout.write(`Removed ${cacheDir}\n`);
        });
}
