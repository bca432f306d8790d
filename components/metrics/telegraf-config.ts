import { stringify } from "smol-toml";
import { formatDuration, parseDuration } from "../../config/units";

/** What the configuration is made of. */
export interface TelegrafConfigArgs {
    /** How often it looks, `30s`. */
    interval: string;
    port: number;
}

/** Where the host's folders are in the container. */
export const telegrafHostPaths = { "/proc": "/host/proc", "/sys": "/host/sys", "/": "/host/root" } as const;

/** Where Telegraf's libraries look for the host's folders. */
export const telegrafEnvironment = {
    HOST_PROC: telegrafHostPaths["/proc"],
    HOST_SYS: telegrafHostPaths["/sys"],
    HOST_ETC: `${telegrafHostPaths["/"]}/etc`,
    HOST_VAR: `${telegrafHostPaths["/"]}/var`,
    HOST_RUN: `${telegrafHostPaths["/"]}/run`,
    HOST_MOUNT_PREFIX: telegrafHostPaths["/"],
} as const;

/** File systems that aren't disks. */
const virtualFileSystems = ["tmpfs", "devtmpfs", "devfs", "iso9660", "overlay", "aufs", "squashfs", "nsfs"];

/** Interfaces of the machine; those of pods come and go. */
const podInterfaces = ["veth*", "cali*", "lxc*"];

/** Telegraf's configuration: the machine's figures, as Prometheus scrapes them. Node and address are the pod's own. */
export function renderTelegrafConfig({ interval, port }: TelegrafConfigArgs): string {
    return stringify({
        agent: {
            interval,
            flush_interval: interval,
            round_interval: true,
            omit_hostname: false,
            hostname: "${NODE_NAME}",
            // What newer versions do anyway; there is neither, but they warn until it is said.
            skip_processors_after_aggregators: true,
        },
        inputs: {
            cpu: [{ percpu: true, totalcpu: true, collect_cpu_time: true, report_active: true }],
            mem: [{}],
            disk: [{ ignore_fs: virtualFileSystems, ignore_mount_opts: ["bind"] }],
            diskio: [{}],
            net: [{ tagdrop: { interface: podInterfaces } }],
            system: [{}],
            kernel: [{}],
            processes: [{}],
        },
        outputs: {
            prometheus_client: [
                {
                    // The node's address in the cluster only, not every interface that it has.
                    listen: `[\${HOST_IP}]:${port}`,
                    path: "/metrics",
                    metric_version: 2,
                    // What is gone, such as an interface, is told for one more round.
                    expiration_interval: formatDuration(2 * parseDuration(interval)),
                },
            ],
        },
    });
}
