import { announce, exitWithParent, listen } from "../provider/server";
import { LanguageHost } from "./host";

/** Serves the language host as the engine expects it: the engine's address is the first argument that is no option. */
async function main(): Promise<void> {
    const host = new LanguageHost(process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "");
    const port = await listen(host.createServer());
    exitWithParent(() => {
        host.stop();
    });
    process.on("SIGTERM", () => {
        host.stop();
        process.exit(0);
    });
    announce(port);
}

void main();
