import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError, hasCode, messageOf } from "../../cli/errors";

/** One mounted hierarchy of cgroups. */
export interface Hierarchy {
    mountPoint: string;
    version: 1 | 2;
    /** Of version 1: its controllers, and its name as `name=...`. */
    controllers: readonly string[];
}

/** Controllers that kubelet and runc can't do without; those of version 2 have other names. */
const needed = {
    1: ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"],
    2: ["cpu", "cpuset", "memory", "pids"],
} as const;

/** Of version 2: those that kubelet and runc use besides, and the kubelet demands below its root where the machine's root has them. */
const furtherUsed = ["hugetlb", "io"] as const;

/**
 * Weight of all pods together where limits are enforced by version 1. There a process outside of any group weighs 1024: with
 * no more than that, all pods would get what one process of a build gets, and fail their probes.
 */
const cpuShares = 16 * 1024;

/** The hierarchies in the text of /proc/self/mountinfo, each once. */
export function hierarchiesOf(mountinfo: string): Hierarchy[] {
    const found = mountinfo
        .trim()
        .split("\n")
        .flatMap((line): [string, Hierarchy][] => {
            const [fields = "", kind = ""] = line.split(" - ");
            const [, , device = "", , mountPoint = ""] = fields.split(" ");
            const [type, , options = ""] = kind.split(" ");
            switch (type) {
                case "cgroup": {
                    const own = options.split(",").filter((option) => !["rw", "ro", "xattr"].includes(option));
                    return [[device, { mountPoint, version: 1, controllers: own }]];
                }
                case "cgroup2":
                    return [[device, { mountPoint, version: 2, controllers: [] }]];
                default:
                    return [];
            }
        });
    return [...new Map(found.reverse()).values()].reverse();
}

/** The hierarchies of this machine. */
export function mountedHierarchies(): Hierarchy[] {
    return hierarchiesOf(fs.readFileSync("/proc/self/mountinfo", "utf8"));
}

/** The version by which the pods' limits are enforced: a machine that has both keeps its controllers in version 1. */
export function controllingVersion(hierarchies: readonly Hierarchy[]): 1 | 2 | undefined {
    if (hierarchies.some(({ version, controllers }) => version === 1 && controllers.includes("memory"))) {
        return 1;
    }
    return hierarchies.some(({ version }) => version === 2) ? 2 : undefined;
}

/**
 * The controllers that are missing.
 * @param unified those in the `cgroup.controllers` of version 2
 */
export function missingControllers(hierarchies: readonly Hierarchy[], unified: readonly string[]): string[] {
    const version = controllingVersion(hierarchies);
    if (version === undefined) {
        return [...needed[2]];
    }
    const present = version === 2 ? unified : hierarchies.flatMap(({ controllers }) => controllers);
    return needed[version].filter((name) => !present.includes(name));
}

/** The controllers that the root of version 2 offers; none where it isn't mounted. */
export function unifiedControllers(hierarchies: readonly Hierarchy[]): string[] {
    const root = hierarchies.find(({ version }) => version === 2);
    return root === undefined ? [] : words(path.join(root.mountPoint, "cgroup.controllers"));
}

/**
 * Makes the group below which all pods live, in each hierarchy.
 * @throws UserError when one of its name is in use already, or when the machine doesn't let pods have groups
 */
export async function createGroups(name: string, hierarchies = mountedHierarchies()): Promise<void> {
    await removeGroups(name, hierarchies);
    const version = controllingVersion(hierarchies);
    for (const hierarchy of hierarchies) {
        const folder = path.join(hierarchy.mountPoint, name);
        try {
            fs.mkdirSync(folder);
        } catch (error) {
            throw new UserError(`Can't make the cgroup ${folder}: ${messageOf(error)}. ${elsewhere}`);
        }
        if (hierarchy.version === 2 && version === 2) {
            // At once in the new group too: systemd can't take back what a group below hands on.
            delegate([hierarchy.mountPoint, folder], words(path.join(hierarchy.mountPoint, "cgroup.controllers")));
        }
        if (hierarchy.controllers.includes("cpu")) {
            fs.writeFileSync(path.join(folder, "cpu.shares"), String(cpuShares));
        }
        if (hierarchy.controllers.includes("cpuset")) {
            // A new group has neither: no process could enter it.
            for (const file of ["cpuset.cpus", "cpuset.mems"]) {
                fs.writeFileSync(
                    path.join(folder, file),
                    fs.readFileSync(path.join(hierarchy.mountPoint, file), "utf8"),
                );
            }
        }
    }
}

/**
 * Removes the group of this name with all below it, in each hierarchy.
 * @throws UserError when there are processes in it
 */
export async function removeGroups(name: string, hierarchies = mountedHierarchies()): Promise<void> {
    // Those of processes that just ended take a moment to empty.
    const end = Date.now() + 5_000;
    for (const { mountPoint } of hierarchies) {
        const folder = path.join(mountPoint, name);
        while (fs.existsSync(folder) && !removeTree(folder)) {
            if (Date.now() > end) {
                throw new UserError(
                    `The cgroup ${folder} is in use by ${membersOf(folder).join(", ") || "processes elsewhere"}. ` +
                        "The sandbox needs it for itself: end those processes, or set PERCH_SANDBOX_DIR to another folder.",
                );
            }
            await sleep(50);
        }
    }
}

/** What to do on a machine that can't have a real node. */
export const elsewhere = 'Use "make up PODS=simulated", or your own cluster: "SANDBOX=kubeconfig make up".';

/**
 * Lets groups below these have the controllers that pods need, as systemd does. At the root it stays so: runc turns on all that
 * there are anyway, and turning one off there drops, without an error, what a group directly below the root was limited to by
 * it. Such a group may be one of systemd, or of another container engine, that has come since. The kernel refuses
 * (EBUSY) only where a group hands the controller on to groups of its own.
 * @param groups the outermost first
 * @param offered what the root has
 */
function delegate(groups: readonly string[], offered: readonly string[]): void {
    const wanted = [...needed[2], ...furtherUsed].filter((name) => offered.includes(name));
    for (const group of groups) {
        const file = path.join(group, "cgroup.subtree_control");
        const on = words(file);
        const missing = wanted.filter((name) => !on.includes(name));
        if (missing.length === 0) {
            continue;
        }
        try {
            fs.writeFileSync(file, missing.map((name) => `+${name}`).join(" "));
        } catch (error) {
            throw new UserError(
                `The cgroup controllers ${missing.join(", ")} can't be handed to pods (${messageOf(error)}), ` +
                    `which is so in a container. ${elsewhere}`,
            );
        }
    }
}

/** Whether all is gone; what is in use stays. */
function removeTree(folder: string): boolean {
    const below = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const emptied = below.map(({ name }) => removeTree(path.join(folder, name))).every(Boolean);
    if (!emptied) {
        return false;
    }
    try {
        fs.rmdirSync(folder);
        return true;
    } catch (error) {
        if (hasCode(error, "ENOENT")) {
            return true;
        }
        if (hasCode(error, "EBUSY")) {
            return false;
        }
        throw error;
    }
}

function membersOf(folder: string): string[] {
    const files = fs
        .readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => path.basename(file) === "cgroup.procs");
    const pids = files.flatMap((file) => words(path.join(folder, file)));
    return [...new Set(pids)].map((pid) => `process ${pid}`);
}

function words(file: string): string[] {
    try {
        return fs.readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
    } catch {
        return [];
    }
}
