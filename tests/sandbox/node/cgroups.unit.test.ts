import { expect } from "chai";
import { controllingVersion, hierarchiesOf, missingControllers } from "../../../sandbox/node/cgroups";

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
