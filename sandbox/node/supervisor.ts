import { setTimeout as sleep } from "node:timers/promises";
import * as path from "node:path";
import { messageOf } from "../../cli/errors";
import { projectRoot } from "../paths";
import { type DaemonSpec, isDaemonAlive, launchDaemon, stopDaemon, typescriptProgram, withLock } from "../processes";
import type { InsideSettings } from "./inside-settings";
import { planCluster, planServices } from "./plan";
import { settingsFileWithin } from "./inside-settings";

/** Held while processes of one of the two groups are started. */
export const nodeLocks = { services: "services", cluster: "cluster" } as const;

const checkMs = 1_000;
/** A process that ends again and again is started less and less often, down to once in so many milliseconds. */
const mostPauseMs = 60_000;

/** The process that starts again what ends by itself. */
export function superviseSpec(): DaemonSpec {
    return {
        name: "supervisor",
        command: process.execPath,
        args: typescriptProgram(path.join(__dirname, "inside.ts"), "supervise"),
        cwd: projectRoot,
        configFiles: [settingsFileWithin],
        probe: () => Promise.resolve(),
        graceMs: 1_000,
    };
}

/** Runs for as long as the node. */
export async function supervise(settings: InsideSettings): Promise<void> {
    const [services, cluster] = [await planServices(settings), await planCluster(settings)];
    const watched = [
        ...[services.s3, services.mail].map(({ spec }) => ({ spec, lock: nodeLocks.services })),
        ...Object.values(cluster).map((spec) => ({ spec, lock: nodeLocks.cluster })),
    ].map((entry) => ({ ...entry, pauseMs: 0, notBefore: 0 }));
    for (;;) {
        for (const entry of watched) {
            if (Date.now() >= entry.notBefore && !isDaemonAlive(entry.spec.name)) {
                await restart(entry.spec, entry.lock);
                entry.pauseMs = Math.min(mostPauseMs, entry.pauseMs * 2 + checkMs);
                entry.notBefore = Date.now() + entry.pauseMs;
            }
        }
        await sleep(checkMs);
    }
}

/** Doesn't wait until it is ready: another one may have to be started for that. */
async function restart(spec: DaemonSpec, lock: string): Promise<void> {
    const say = (what: string): void => {
        console.log(`${new Date().toISOString()} ${spec.name} ${what}`);
    };
    try {
        // Not while a command starts the same.
        await withLock(lock, async () => {
            if (!isDaemonAlive(spec.name)) {
                say("ended: starting it again");
                await stopDaemon(spec.name);
                launchDaemon(spec);
            }
        });
    } catch (error) {
        say(messageOf(error));
    }
}
