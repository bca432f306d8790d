import * as fs from "node:fs";
import { KubeConfig, KubernetesObjectApi, PatchStrategy, type KubernetesObject } from "@kubernetes/client-node";
import { nodeKubeconfig, requireRealNode } from "../../../sandbox/node";
import { mountedHierarchies } from "../../../sandbox/node/cgroups";
import { runDir } from "../../../sandbox/paths";
import { withLock } from "../../../sandbox/processes";
import { findMarked } from "../../../sandbox/processes/process-table";
import { openRealNode } from "../../../sandbox/real-node";
import { ensureTools } from "../../../sandbox/toolchain";
import { run } from "../../../sandbox/toolchain/run";

/** For suites that need a node: skipped only where the user says so, failed by name where the machine can't have one. */
export async function requireNode(context: Mocha.Context): Promise<void> {
    if (process.env.PERCH_LIVE === "skip") {
        context.skip();
    }
    await requireRealNode();
}

/** Starts a node with its cluster, but nothing in it; or takes the one that runs. */
export function startNode(report: (message: string) => void = () => undefined): Promise<void> {
    // The lock of the commands that do the same.
    return withLock("sandbox", async () => {
        const { whenReady } = await openRealNode(report);
        await whenReady;
    });
}

/** The administrator's client configuration of the node's cluster; read anew, since a new node may have other addresses. */
export function nodeAdmin(): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(nodeKubeconfig);
    return config;
}

/** Applies objects server-side, in their order, to the node's cluster. */
export async function applyToNode(...objects: KubernetesObject[]): Promise<void> {
    const api = KubernetesObjectApi.makeApiClient(nodeAdmin());
    for (const object of objects) {
        await api.patch(object, undefined, undefined, "test", true, PatchStrategy.ServerSideApply);
    }
}

/** What a node could leave on the machine. */
export interface MachineState {
    mounts: string[];
    /** Not which controllers the root of version 2 hands on: those stay, see `delegate` in sandbox/node/cgroups.ts. */
    cgroups: string[];
    links: string[];
    addresses: string[];
    routes: string[];
    /** By path below /proc/sys. */
    sysctls: Record<string, string>;
    firewall: string;
    /** Of this run folder. */
    processes: string[];
    /** Entries of the folders in which kubelet, containerd and CNI plugins have something elsewhere. */
    folders: Record<string, string[]>;
}

const watchedFolders = ["/", "/run", "/etc", "/opt", "/var/lib", "/var/log", "/var/run", "/usr/libexec", "/mnt"];

/** Sysctls that programs of a node set: those of the whole machine, and those of its network. */
const watchedSysctls = [
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/hostname",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
    "net/ipv4/ip_forward",
    "net/ipv4/conf/all/forwarding",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv4/conf/all/route_localnet",
    "net/ipv6/conf/all/forwarding",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/netfilter/nf_conntrack_max",
    "net/netfilter/nf_conntrack_tcp_timeout_established",
    "net/ipv4/ip_unprivileged_port_start",
];

/** Of network namespaces that other tests make at the same time. */
const foreign = /\/run\/netns\/perch-\d+-/;

/** The machine as it is now. */
export async function machineState(): Promise<MachineState> {
    const { nft } = await ensureTools(["nft"]);
    const said = async (program: string, ...args: string[]): Promise<string> => {
        const { ok, stdout, stderr } = await run(program, args);
        if (!ok) {
            throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
        }
        return stdout;
    };
    const names = (json: string): string[] => (JSON.parse(json) as { ifname: string }[]).map(({ ifname }) => ifname);
    return {
        mounts: lines(fs.readFileSync("/proc/self/mountinfo", "utf8")).filter((mount) => !foreign.test(mount)),
        cgroups: mountedHierarchies()
            .flatMap(({ mountPoint }) => below(mountPoint))
            .filter((group) => group.includes("/perch-") || group.includes("kubepods"))
            .sort(),
        links: names(await said("ip", "-json", "link")).sort(),
        addresses: lines(await said("ip", "-oneline", "-4", "address", "show")),
        routes: lines(await said("ip", "-4", "route", "show", "table", "all")).sort(),
        sysctls: Object.fromEntries(
            watchedSysctls.flatMap((name) => {
                const file = `/proc/sys/${name}`;
                return fs.existsSync(file) ? [[name, fs.readFileSync(file, "utf8").trim()]] : [];
            }),
        ),
        firewall: await said(nft, "list", "ruleset"),
        processes: findMarked(runDir).map(({ marker }) => marker),
        folders: Object.fromEntries(
            watchedFolders.map((folder) => [folder, fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []]),
        ),
    };
}

/** What one of two states has and the other hasn't, for a readable failure. */
export function differences(before: MachineState, after: MachineState): Record<string, unknown> {
    return Object.fromEntries(
        (Object.keys(before) as (keyof MachineState)[])
            .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
            .map((key) => [key, { before: before[key], after: after[key] }]),
    );
}

function below(folder: string): string[] {
    try {
        return fs
            .readdirSync(folder, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .flatMap(({ name }) => [`${folder}/${name}`, ...below(`${folder}/${name}`)]);
    } catch {
        // Groups come and go.
        return [];
    }
}

function lines(text: string): string[] {
    return text.trim().split("\n").filter(Boolean);
}
