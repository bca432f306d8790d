import { removeNamespaces } from "./node";
import { stopPlatform } from "./platform";

/** Stops all processes of the sandbox, those of a node too, and what killed runs left of them. The data stay. */
export async function stopSandbox(report: (message: string) => void): Promise<void> {
    // First: it uses what runs beside it.
    await removeNamespaces();
    await stopPlatform({ onProgress: report });
}
