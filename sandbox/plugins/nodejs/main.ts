import { engineAddress } from "../provider/engine-host";
import { announce, exitWithParent, listen } from "../provider/server";
import { LanguageHost } from "./host";

/** Serves the language host as the engine expects it. */
async function main(): Promise<void> {
    const host = new LanguageHost(engineAddress(process.argv) ?? "");
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
