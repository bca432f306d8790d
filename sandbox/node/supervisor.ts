import { setTimeout as sleep } from "node:timers/promises";
import * as path from "node:path";
import { messageOf } from "../errors";
import { projectRoot } from "../paths";
import { type DaemonSpec, ensureDaemon, isDaemonAlive, withLock } from "../processes";
import type { InsideSettings } from "./inside-settings";
import { planCluster, planServices } from "./plan";
import { settingsFileWithin } from "./inside-settings";

const checkMs = 1_000;
/** A process that ends again and again is started less and less often. */
const mostPauseMs = 60_000;

/** The process that starts again what ends by itself. */
export function superviseSpec(): DaemonSpec {
    return {
        name: "supervisor",
        command: process.execPath,
        args: ["--import", require.resolve("tsx"), path.join(__dirname, "inside.ts"), "supervise"],
        cwd: projectRoot,
        configFiles: [settingsFileWithin],
        probe: () => Promise.resolve(),
        graceMs: 1_000,
    };
}

/** Runs for as long as the node. */
export async function supervise(settings: InsideSettings): Promise<void> {
    const [services, cluster] = [await planServices(settings), await planCluster(settings)];
    const watched = [services.s3.spec, services.mail.spec, ...Object.values(cluster)].map((spec) => ({
        spec,
        pauseMs: 0,
        notBefore: 0,
    }));
    for (;;) {
        for (const entry of watched) {
            const { spec } = entry;
            if (isDaemonAlive(spec.name)) {
                continue;
            }
            if (Date.now() < entry.notBefore) {
                continue;
            }
            entry.pauseMs = Math.min(mostPauseMs, entry.pauseMs * 2 + checkMs);
            entry.notBefore = Date.now() + entry.pauseMs;
            await restart(spec);
        }
        await sleep(checkMs);
    }
}

async function restart(spec: DaemonSpec): Promise<void> {
    const say = (what: string): void => {
        console.log(`${new Date().toISOString()} ${spec.name} ${what}`);
    };
    say("ended: starting it again");
    try {
        // Not while a command starts the cluster: it does the same.
        await withLock("cluster", async () => {
            await ensureDaemon(spec);
        });
        say("runs");
    } catch (error) {
        say(messageOf(error));
    }
}
