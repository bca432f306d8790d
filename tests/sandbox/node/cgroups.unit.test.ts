import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { UserError } from "../../../cli/errors";
import { controllingVersion, createGroups, hierarchiesOf, missingControllers } from "../../../sandbox/node/cgroups";

const mount = (device: string, point: string, type: string, options: string): string =>
    `32 31 ${device} / ${point} rw,relatime - ${type} ${type} ${options}`;

const legacy = [
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
    mount("0:28", "/sys/fs/cgroup", "tmpfs", "rw,mode=755"),
    mount("0:29", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
    mount("0:31", "/sys/fs/cgroup/cpuset", "cgroup", "rw,cpuset"),
    mount("0:32", "/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
    mount("0:33", "/sys/fs/cgroup/devices", "cgroup", "rw,devices"),
    mount("0:34", "/sys/fs/cgroup/freezer", "cgroup", "rw,freezer"),
    mount("0:36", "/sys/fs/cgroup/pids", "cgroup", "rw,pids"),
    mount("0:37", "/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
    mount("0:38", "/sys/fs/cgroup/unified", "cgroup2", "rw"),
];

describe("the hierarchies of cgroups", () => {
    it("are those of the mounts, named ones and the unified one included", () => {
        expect(
            hierarchiesOf(legacy.join("\n")).map(({ mountPoint, version, controllers }) => [
                mountPoint,
                version,
                controllers.join(),
            ]),
        ).eql([
            ["/sys/fs/cgroup/cpu,cpuacct", 1, "cpu,cpuacct"],
            ["/sys/fs/cgroup/cpuset", 1, "cpuset"],
            ["/sys/fs/cgroup/memory", 1, "memory"],
            ["/sys/fs/cgroup/devices", 1, "devices"],
            ["/sys/fs/cgroup/freezer", 1, "freezer"],
            ["/sys/fs/cgroup/pids", 1, "pids"],
            ["/sys/fs/cgroup/systemd", 1, "name=systemd"],
            ["/sys/fs/cgroup/unified", 2, ""],
        ]);
    });

    it("count once when they are mounted twice", () => {
        const twice = [...legacy, mount("0:32", "/mnt/memory", "cgroup", "rw,memory")];
        expect(hierarchiesOf(twice.join("\n"))).length(8);
    });

    it("enforce limits by version 1 where that has the memory controller, by version 2 elsewhere", () => {
        const version = (lines: string[]) => controllingVersion(hierarchiesOf(lines.join("\n")));
        expect(version(legacy)).equals(1);
        expect(version([mount("0:25", "/sys/fs/cgroup", "cgroup2", "rw,nsdelegate")])).equals(2);
        expect(version([legacy[0]!])).equals(undefined);
    });

    it("lack a controller when none of them has it", () => {
        const missing = (lines: string[], unified: string[] = []) =>
            missingControllers(hierarchiesOf(lines.join("\n")), unified);
        expect(missing(legacy)).eql([]);
        expect(missing(legacy.filter((line) => !line.includes("/pids")))).eql(["pids"]);
        // Those of version 2 don't count while version 1 enforces.
        expect(
            missing(
                legacy.filter((line) => !line.includes("/pids")),
                ["pids"],
            ),
        ).eql(["pids"]);
        const unified = [mount("0:25", "/sys/fs/cgroup", "cgroup2", "rw")];
        expect(missing(unified, ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"])).eql([]);
        expect(missing(unified, ["hugetlb"])).eql(["cpu", "cpuset", "memory", "pids"]);
        expect(missing([legacy[0]!])).eql(["cpu", "cpuset", "memory", "pids"]);
    });
});

describe("the pods' group in a hierarchy of version 2", () => {
    let root: string;

    beforeEach(() => {
        root = fs.mkdtempSync(path.join(os.tmpdir(), "perch-cgroups-"));
    });

    afterEach(() => {
        fs.rmSync(root, { recursive: true });
    });

    /** @param on what the root hands on already */
    async function create(offered: string, on: string): Promise<{ root: string; group: string }> {
        fs.writeFileSync(path.join(root, "cgroup.controllers"), `${offered}\n`);
        fs.writeFileSync(path.join(root, "cgroup.subtree_control"), on);
        await createGroups("perch-1", [{ mountPoint: root, version: 2, controllers: [] }]);
        const written = (folder: string): string =>
            fs.readFileSync(path.join(folder, "cgroup.subtree_control"), "utf8");
        return { root: written(root), group: written(path.join(root, "perch-1")) };
    }

    it("is handed what kubelet and runc use, of a root that hands on next to nothing, as Debian's with systemd", async () => {
        const { root: written, group } = await create("cpuset cpu io memory hugetlb pids rdma misc", "memory pids\n");
        expect(written.split(" ")).members(["+cpu", "+cpuset", "+hugetlb", "+io"]);
        // Also below the group, from the first: systemd can't take them back then.
        expect(group.split(" ")).members(["+cpu", "+cpuset", "+memory", "+pids", "+hugetlb", "+io"]);
    });

    it("is handed nothing that the kernel hasn't, and leaves a root alone that hands on enough", async () => {
        const on = "cpuset cpu memory pids rdma\n";
        const { root: written, group } = await create("cpuset cpu memory pids rdma", on);
        expect(written).equals(on);
        expect(group.split(" ")).members(["+cpu", "+cpuset", "+memory", "+pids"]);
    });

    it("can't be made where the root hands on nothing: the message names the controllers and what to use instead", async () => {
        fs.mkdirSync(path.join(root, "cgroup.subtree_control"));
        fs.writeFileSync(path.join(root, "cgroup.controllers"), "cpuset cpu memory pids\n");
        const problem = await createGroups("perch-1", [{ mountPoint: root, version: 2, controllers: [] }]).then(
            () => "none",
            (error: unknown) => (error instanceof UserError ? error.message : `not for the user: ${String(error)}`),
        );
        expect(problem).match(
            /^The cgroup controllers cpu, cpuset, memory, pids can't be handed to pods \(EISDIR.*\), /,
        );
        expect(problem).contains('Use "make up PODS=simulated"');
    });
});
