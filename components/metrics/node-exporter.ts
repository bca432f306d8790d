import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { MetricsSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import { fromField } from "../workload/pod";
import { instanceIsNode } from "../workload/service-monitor";
import { Workload } from "../workload/workload";

/** Inputs of {@link NodeExporter}. */
export interface NodeExporterArgs {
    platform: Platform;
    settings: MetricsSettings["nodeExporter"];
    images: Pick<Images, "nodeExporter">;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "nodeExporter">;
}

/** File systems that aren't disks (the list of kube-prometheus-stack). */
const virtualFileSystems = [
    ...["autofs", "binfmt_misc", "bpf", "cgroup2?", "configfs", "debugfs", "devpts", "devtmpfs", "erofs", "fusectl"],
    ...["hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay", "proc", "procfs", "pstore", "rpc_pipefs", "securityfs"],
    ...["selinuxfs", "squashfs", "sysfs", "tracefs"],
];

/** Mounts of containers and volumes: they belong to pods, not to the node. */
const podMounts = [
    ...["dev", "proc", "sys", "run/containerd/.+", "run/k3s/containerd/.+"],
    ...["var/lib/docker/.+", "var/lib/kubelet/pods/.+"],
];

/** Interfaces of pods. */
const podInterfaces = "^(veth.*|cali.*|lxc.*|[a-f0-9]{15})$";

/** Command line of node-exporter. */
export function nodeExporterFlags(port: number): string[] {
    return [
        // The node's address in the cluster only, not every interface that it has.
        `--web.listen-address=[$(HOST_IP)]:${port}`,
        "--path.procfs=/host/proc",
        "--path.sysfs=/host/sys",
        "--path.rootfs=/host/root",
        "--path.udev.data=/host/root/run/udev/data",
        "--no-collector.wifi",
        "--no-collector.hwmon",
        "--no-collector.btrfs",
        `--collector.filesystem.mount-points-exclude=^/(${podMounts.join("|")})($|/)`,
        `--collector.filesystem.fs-types-exclude=^(${virtualFileSystems.join("|")})$`,
        `--collector.netclass.ignored-devices=${podInterfaces}`,
        `--collector.netdev.device-exclude=${podInterfaces}`,
    ];
}

/**
 * node-exporter on every node, tainted ones too. It needs the host's network, processes and file systems (all read-only),
 * so it lives in the namespace that admits such pods.
 */
export class NodeExporter extends pulumi.ComponentResource {
    public readonly workload: Workload;

    constructor(name: string, args: NodeExporterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:NodeExporter", name, {}, opts);
        const { platform, settings, images } = args;
        this.workload = new Workload(
            name,
            {
                platform,
                app: "node-exporter",
                version: images.nodeExporter.version,
                objectName: "node-exporter",
                controller: { kind: "DaemonSet" },
                user: 65534,
                host: {
                    hostNetwork: true,
                    hostPID: true,
                    paths: { "/proc": "/host/proc", "/sys": "/host/sys", "/": "/host/root" },
                },
                containers: [
                    {
                        name: "node-exporter",
                        image: images.nodeExporter.image,
                        args: nodeExporterFlags(settings.port),
                        env: [fromField("HOST_IP", "status.hostIP")],
                        ports: { metrics: { port: settings.port } },
                        probes: {
                            readiness: { path: "/", port: "metrics" },
                            liveness: { path: "/", port: "metrics" },
                        },
                        resources: settings.resources,
                    },
                ],
                services: [{ name: "node-exporter", headless: true }],
                scrapes: [
                    {
                        job: args.jobs.nodeExporter,
                        port: "metrics",
                        relabelings: [instanceIsNode],
                    },
                ],
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
