import { daemonStatuses, logFileOf, type Probe } from "../processes";
import type { ComponentStatus } from "../platform";
import type { InsideSettings } from "./inside-settings";
import { nodeDaemons, planCluster, planServices } from "./plan";

/** The node's processes, whether they run or not. */
export async function nodeStatuses(settings: InsideSettings): Promise<ComponentStatus[]> {
    const [services, cluster] = [await planServices(settings), await planCluster(settings)];
    const probes: Record<string, Probe> = Object.fromEntries(
        [services.s3.spec, services.mail.spec, ...Object.values(cluster)].map(({ name, probe }) => [name, probe]),
    );
    const present = new Map(daemonStatuses().map((status) => [status.name, status]));
    return Promise.all(
        [...new Set<string>([...nodeDaemons, ...present.keys()])].map(async (name) => {
            const status = present.get(name);
            const log = status?.log ?? logFileOf({ name });
            if (!status?.alive) {
                return { name, pid: undefined, port: undefined, healthy: false, log };
            }
            const healthy = await (probes[name]?.() ?? Promise.resolve()).then(
                () => true,
                () => false,
            );
            return { name, pid: status.pid, port: status.port, healthy, log };
        }),
    );
}
