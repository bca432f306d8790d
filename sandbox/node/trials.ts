import * as fs from "node:fs";
import * as path from "node:path";
import { inRunDir, runDir } from "../paths";
import { makeRunFolder } from "../processes";
import { run } from "../toolchain/run";
import { removeGroups } from "./cgroups";
import { namespaceFlags, nodeId } from "./namespaces";

/** What is tried in namespaces that are gone afterwards. */
interface Trial {
    /** What it proves, for the message. */
    what: string;
    /** For the shell, which ends at the first failure. `$DIR` is an empty folder on the disk of the run folder. */
    script: string;
    env?: Readonly<Record<string, string>>;
}

/** What the kernel must do for a node, as far as it can be tried with the programs of a Linux system. */
const ofTheKernel: readonly Trial[] = [
    { what: "namespaces of its own", script: "true" },
    {
        // As the node's own /var/lib is made.
        what: "overlay file systems in memory",
        script:
            'mount -t tmpfs tmpfs "$DIR" && cd "$DIR" && mkdir u w m && ' +
            "mount -t overlay -o lowerdir=/var/lib,upperdir=u,workdir=w overlay m",
    },
    {
        // As containerd's snapshots are: the file system of this disk must bear being the upper layer.
        what: `overlay file systems on the disk of ${runDir} (PERCH_SANDBOX_DIR is for a folder on another one)`,
        script:
            'cd "$DIR" && mkdir l u w m && mount -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m && ' +
            "touch m/file && umount m",
    },
    { what: "a sysfs of its own", script: "mount -t sysfs sysfs /sys" },
    { what: "network interfaces (veth)", script: "ip link add perch-a type veth peer name perch-b" },
    { what: "network bridges", script: "ip link add perch-a type bridge" },
    {
        what: "rules for bridged packets",
        script:
            "ip link add perch-a type bridge; test -e /proc/sys/net/bridge/bridge-nf-call-iptables || " +
            `{ echo 'load them with "modprobe br_netfilter"'; exit 1; }`,
    },
];

/** Tries what the kernel must do. @returns what failed, each with its reason */
export async function failedTrials(): Promise<string[]> {
    const [first, ...others] = await Promise.all(ofTheKernel.map(attempt));
    // Without namespaces nothing else can be tried.
    return first === undefined ? others.filter((result) => result !== undefined) : [first];
}

/**
 * Tries what takes a node's programs: rules as those of Services and NetworkPolicies are, and a container.
 * @param programs paths
 * @returns what failed, each with its reason
 */
export async function failedProgramTrials(programs: { nft: string; runc: string }): Promise<string[]> {
    const group = `${nodeId()}-trial`;
    const rules: Trial = {
        what: "packet filters (nf_tables)",
        script: '"$NFT" add table ip perch',
        env: { NFT: programs.nft },
    };
    const container: Trial = {
        what: "containers (runc)",
        // In memory, so that nothing of what the container sees of the machine is below a folder that is removed. With a log
        // of its own runc says nothing but why it failed.
        script:
            'mount -t tmpfs tmpfs "$DIR" && cd "$DIR" && mkdir root && printf %s "$CONFIG" > config.json && ' +
            `"$RUNC" --log log --root state run ${group}`,
        env: { RUNC: programs.runc, CONFIG: JSON.stringify(containerConfig(group)) },
    };
    try {
        return (await Promise.all([rules, container].map(attempt))).filter((result) => result !== undefined);
    } finally {
        await removeGroups(group);
    }
}

/**
 * A container in which `true` of this machine runs, by the OCI runtime specification: with namespaces, a cgroup, a root file
 * system, mounts and a seccomp filter, as those of pods have.
 */
function containerConfig(group: string): object {
    // Where distributions have programs and what these load.
    const folders = ["/bin", "/lib", "/lib32", "/lib64", "/usr", "/nix", "/gnu"].filter((folder) =>
        fs.existsSync(folder),
    );
    return {
        ociVersion: "1.0.2",
        process: {
            user: { uid: 0, gid: 0 },
            args: ["true"],
            env: [`PATH=${process.env.PATH ?? ""}:/usr/bin:/bin`],
            cwd: "/",
            noNewPrivileges: true,
        },
        root: { path: "root", readonly: true },
        mounts: [
            { destination: "/proc", type: "proc", source: "proc" },
            ...folders.map((folder) => ({ destination: folder, source: folder, options: ["rbind", "ro"] })),
        ],
        linux: {
            namespaces: ["mount", "network", "pid", "uts", "ipc"].map((type) => ({ type })),
            cgroupsPath: `/${group}`,
            seccomp: {
                defaultAction: "SCMP_ACT_ALLOW",
                syscalls: [{ names: ["reboot"], action: "SCMP_ACT_ERRNO" }],
            },
        },
    };
}

/** What failed and why; `undefined`: nothing. */
async function attempt({ what, script, env }: Trial): Promise<string | undefined> {
    makeRunFolder();
    const folder = fs.mkdtempSync(inRunDir("trial-"));
    try {
        const args = [...namespaceFlags, "--fork", "--mount-proc", "sh", "-ec", script];
        const { ok, stderr, stdout } = await run("unshare", args, { env: { ...env, DIR: folder } });
        const [said = ""] = (stderr + stdout).trim().split("\n");
        return ok ? undefined : `${what}: ${said === "" ? "it failed" : said}`;
    } finally {
        removeTrialFolder(folder);
    }
}

/** Only what trials make in it: whatever else there might be isn't theirs to remove. */
function removeTrialFolder(folder: string): void {
    for (const made of ["l", "u", "w", "m"]) {
        fs.rmSync(path.join(folder, made), { recursive: true, force: true });
    }
    fs.rmdirSync(folder);
}
