import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../cli/errors";
import { dump } from "./dump";

const pollMs = 1_000;

/**
 * Repeats a check until it passes. When it doesn't in time, the state of the cluster is printed, and the error says what was
 * waited for and why it wasn't there at last.
 * @param what completes "after 60 s there was still no ..."
 */
export async function until<T>(what: string, seconds: number, check: () => Promise<T> | T): Promise<T> {
    const end = Date.now() + seconds * 1_000;
    for (;;) {
        try {
            return await check();
        } catch (error) {
            if (Date.now() > end) {
                process.stderr.write(await dump());
                throw new Error(`after ${seconds} s there was still no ${what}: ${messageOf(error)}`, { cause: error });
            }
        }
        await sleep(pollMs);
    }
}
