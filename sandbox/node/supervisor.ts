import { setTimeout as sleep } from "node:timers/promises";
import * as path from "node:path";
import { messageOf } from "../errors";
import { projectRoot } from "../paths";
import { type DaemonSpec, ensureDaemon, isDaemonAlive, withLock } from "../processes";
import type { InsideSettings } from "./inside-settings";
import { planCluster, planServices } from "./plan";
import { settingsFileWithin } from "./inside-settings";

const checkMs = 1_000;
/** A process that ends again and again is started less and less often, down to once in so many milliseconds. */
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
        // The first of those that ended: the later ones need the earlier ones.
        const ended = watched.find(({ spec, notBefore }) => Date.now() >= notBefore && !isDaemonAlive(spec.name));
        if (ended === undefined) {
            await sleep(checkMs);
            continue;
        }
        ended.pauseMs = Math.min(mostPauseMs, ended.pauseMs * 2 + checkMs);
        await restart(ended.spec);
        ended.notBefore = Date.now() + ended.pauseMs;
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
