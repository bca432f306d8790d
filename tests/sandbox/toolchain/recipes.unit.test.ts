import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "chai";
import { buildArguments, goVersion, lastLines, programName, recipeFolder } from "../../../sandbox/toolchain/go-build";
import { inBuildOrder } from "../../../sandbox/toolchain/ensure-tools";
import { findOnPath, isOlder, isSuitable, moduleVersionIn, parseVersion } from "../../../sandbox/toolchain/on-path";
import { LineReporter } from "../../../sandbox/toolchain/reporter";
import { sourceOf, sources, type SourceName } from "../../../sandbox/toolchain/sources";
import { builtToolNames, builtToolOf, isToolName, tools } from "../../../sandbox/toolchain/tools";
import { recipeGoMod } from "../../../sandbox/toolchain/update-modules";

describe("toolchain: the table of tools", () => {
    it("reads versions as the programs print them", () => {
        const outputs: [string, string][] = [
            ["v3.259.0\n", "3.259.0"],
            ["etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8\n", "3.6.8"],
            ["Kubernetes v1.36.1\n", "1.36.1"],
            ["Client Version: v1.36.1\nKustomize Version: v5.8.1\n", "1.36.1"],
            ["kwok version v0.8.0 go1.26.8 (linux/amd64)", "0.8.0"],
            ["prometheus-operator, version 0.93.1 (branch: , revision: unknown)", "0.93.1"],
            ["alloy, version v1.11.0 (branch: , revision: )", "1.11.0"],
            ["containerd github.com/containerd/containerd/v2 2.1.4 ", "2.1.4"],
            ["containerd-shim-runc-v2:\n  Version:  2.1.4\n  Revision: \n  Go version: go1.26.8\n", "2.1.4"],
            ["CNI bridge plugin v1.8.0\nCNI protocol versions supported: 0.1.0, 0.2.0, 1.1.0", "1.8.0"],
            ["Telegraf 1.39.1 (git: HEAD@0f2f8a2c)", "1.39.1"],
            ["victoria-metrics-20251114-105405-tags-v1.130.0-0-gd1d8e1c5a", "1.130.0"],
            ["CoreDNS-1.12.4\nlinux/amd64, go1.26.8, ", "1.12.4"],
            ["runc version 1.1.5+ds1\nspec: 1.0.2-dev\ngo: go1.19.8\n", "1.1.5"],
            ["nftables v1.0.6 (Lester Gooch #5)\n", "1.0.6"],
        ];
        for (const [output, version] of outputs) {
            expect(parseVersion(output)).to.equal(version);
        }
        expect(parseVersion("listening on 127.0.0.1:80, no version")).to.equal(undefined);
    });

    it("finds the version of its module in a program that prints none", () => {
        const program = Buffer.from("\0path\tx/cmd/a\nmod\tx/a\tv0.12.0\th1:abc=\ndep\tx/b\tv1.2.3\th1:def=\n");
        expect(moduleVersionIn(program, "x/a")).to.equal("0.12.0");
        expect(moduleVersionIn(program, "x/b")).to.equal("1.2.3");
        expect(moduleVersionIn(program, "x/c")).to.equal(undefined);
    });

    it("takes a tool of the user's own only in the same minor version", () => {
        const [major, minor] = tools.etcd.version.split(".");
        expect(isSuitable("etcd", `${major}.${minor}.99`)).to.equal(true);
        expect(isSuitable("etcd", `${major}.${Number(minor) + 1}.0`)).to.equal(false);
        expect(isSuitable("etcd", `${major}.${minor}0.8`)).to.equal(false);
    });

    it("takes a tool whose version distributions choose in any that is new enough", () => {
        expect(isSuitable("nft", "1.0.0")).to.equal(false);
        expect(isSuitable("nft", "1.0.1")).to.equal(true);
        expect(isSuitable("nft", "2.0.0")).to.equal(true);
    });

    it("finds a tool on PATH, but not an unsuitable one, nor npm's wrapper of the same name", async () => {
        const root = fs.mkdtempSync(path.join(os.tmpdir(), "perch-path-"));
        const place = (folder: string, version: string): string => {
            const file = path.join(root, folder, "pulumi");
            fs.mkdirSync(path.dirname(file), { recursive: true });
            fs.writeFileSync(file, `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
            return path.dirname(file);
        };
        const pinned = tools.pulumi.version;
        const wrapper = place("project/node_modules/.bin", pinned);
        const old = place("old", "2.0.0");
        const good = place("good", pinned);
        try {
            expect(await findOnPath("pulumi", [wrapper, old].join(":"))).to.equal(undefined);
            expect(await findOnPath("pulumi", [wrapper, old, good].join(":"))).to.equal(path.join(good, "pulumi"));
        } finally {
            fs.rmSync(root, { recursive: true });
        }
    });

    it("pins every source's modules and gives each recipe its go.mod and go.sum, in the same versions", () => {
        for (const name of Object.keys(sources) as SourceName[]) {
            const source = sourceOf(name);
            if (source.how === "recipe") {
                const goMod = fs.readFileSync(path.join(recipeFolder(name), "go.mod"), "utf8");
                const goSum = fs.readFileSync(path.join(recipeFolder(name), "go.sum"), "utf8");
                for (const { path: module, version } of source.modules) {
                    expect(goMod).to.contain(`${module} ${version}\n`);
                    expect(goSum).to.contain(`${module} ${version} h1:`);
                }
                const folders = [...goMod.matchAll(/^\t(\S+) => (\.\S+)$/gm)].map(([, module, folder]) => [
                    module,
                    folder,
                ]);
                expect(folders, "no neighbour folder but our own stand-ins").to.deep.equal(
                    Object.entries(source.standIns ?? {}),
                );
                for (const folder of Object.values(source.standIns ?? {})) {
                    expect(fs.existsSync(path.join(recipeFolder(name), folder, "go.mod")), folder).to.equal(true);
                }
            }
        }
    });

    it("names a package of its source for every tool", () => {
        for (const name of builtToolNames) {
            const { build } = builtToolOf(name);
            const source = sourceOf(build.source);
            const within = {
                recipe: () => (source.how === "recipe" ? source.modules.map((module) => module.path) : []),
                module: () => (source.how === "module" ? ["./", source.module.path] : []),
                own: () => [`perch.invalid/toolchain/${build.source}`],
            }[source.how]();
            expect(
                within.some((prefix) => build.package.startsWith(prefix)),
                name,
            ).to.equal(true);
        }
        expect(isToolName("toString")).to.equal(false);
    });

    it("keeps the module version of Prometheus, which Go numbers differently, with the release's", () => {
        expect(sources.prometheus.module.version).to.match(/^v0\.3\d{2}\.\d+$/);
    });
});

describe("toolchain: builds with Go", () => {
    it("compares versions by number", () => {
        expect(isOlder("1.9.9", "1.21.0")).to.equal(true);
        expect(isOlder("1.26.5", "1.26.5")).to.equal(false);
        expect(isOlder("1.27.0", "1.26.5")).to.equal(false);
        expect(goVersion("go1.26.8")).to.equal("1.26.8");
        expect(goVersion("go1.27rc1")).to.equal("1.27.0");
        expect(goVersion("devel")).to.equal(undefined);
    });

    it("names the program as Go does", () => {
        expect(programName("go.etcd.io/etcd/server/v3")).to.equal("server");
        expect(programName("./cmd/promtool")).to.equal("promtool");
    });

    it("builds without traces of the machine, with tags and version set", () => {
        const args = buildArguments("thanos", ["thanos"], "/out");
        expect(args).to.include.members(["-trimpath", "-mod=readonly", "netgo,slicelabels", "/out/", "./cmd/thanos"]);
        expect(args[args.indexOf("-ldflags") + 1]).to.equal(
            `-s -w -X github.com/prometheus/common/version.Version=${tools.thanos.version}`,
        );
    });

    it("starts with the source that takes longest, whatever the order in which tools are asked for", () => {
        const order = inBuildOrder(["pulumi", "etcd", "kubectl", "alloy", "pause", "promtool"]);
        expect(order).to.deep.equal(["alloy", "pulumi", "prometheus", "platform", "pause"]);
        expect(inBuildOrder(["pulumi", "etcd", "kube-apiserver", "kwok"])).to.deep.equal(["pulumi", "platform"]);
    });

    it("shows of a failed build what went wrong", () => {
        const output = "go: downloading a v1\ngithub.com/a/b\n# github.com/a/b\nb.go:1:2: undefined: x\n";
        expect(lastLines(output)).to.equal("# github.com/a/b\nb.go:1:2: undefined: x");
    });

    it("makes a recipe of a module's own go.mod, less its neighbour folders", () => {
        const goMod = recipeGoMod(
            "thing",
            {
                how: "recipe",
                modules: [
                    { path: "k8s.io/thing", version: "v1.36.1" },
                    { path: "example.org/other", version: "v2.0.0" },
                ],
                hold: /^k8s\.io\//,
                staging: "v0.36.1",
                standIns: { "c.org/driver": "./without-driver" },
                variables: {},
                diskGb: 1,
            },
            [
                {
                    Go: "1.26.0",
                    Godebug: [{ Key: "default", Value: "go1.26" }],
                    Require: [
                        { Path: "k8s.io/api", Version: "v0.0.0" },
                        { Path: "k8s.io/klog/v2", Version: "v2.1.0" },
                        { Path: "example.org/else", Version: "v1.0.0" },
                    ],
                    Replace: [{ Old: { Path: "k8s.io/api" }, New: { Path: "./staging/api" } }],
                },
                {
                    Go: "1.26.2",
                    Replace: [
                        { Old: { Path: "a.org/x", Version: "v1.8.0" }, New: { Path: "a.org/x", Version: "v1.7.0" } },
                        { Old: { Path: "a.org/y" }, New: { Path: "b.org/y", Version: "v3.0.0" } },
                    ],
                    Exclude: [{ Path: "a.org/z", Version: "v8.0.0" }],
                },
            ],
        );
        expect(goMod).to.equal(`// Made by update-modules.ts.

module perch.invalid/toolchain/thing

go 1.26.2

godebug default=go1.26

require (
\texample.org/other v2.0.0
\tk8s.io/thing v1.36.1
)

exclude (
\ta.org/z v8.0.0
)

replace (
\ta.org/x v1.8.0 => a.org/x v1.7.0
\ta.org/y => b.org/y v3.0.0
\tc.org/driver => ./without-driver
\tk8s.io/api => k8s.io/api v0.36.1
\tk8s.io/klog/v2 => k8s.io/klog/v2 v2.1.0
)
`);
    });
});

describe("toolchain: what it reports", () => {
    it("prints plain lines, of the frequent ones one a minute", () => {
        const lines: string[] = [];
        let now = 0;
        const reporter = new LineReporter(
            (line) => lines.push(line),
            () => now,
        );
        reporter.begin([{ name: "etcd", version: "3.6.8" }]);
        reporter.progress("etcd", "1 packages compiled");
        now = 59_000;
        reporter.progress("etcd", "2 packages compiled");
        now = 60_000;
        reporter.progress("etcd", "3 packages compiled");
        reporter.finish("etcd", "built in 60 s");
        expect(lines).to.deep.equal([
            "Tools to get: etcd 3.6.8",
            "etcd: 1 packages compiled",
            "etcd: 3 packages compiled",
            "etcd: built in 60 s",
        ]);
    });
});
