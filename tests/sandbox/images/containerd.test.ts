import { execFile, spawn, type ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { images } from "../../../config/versions";
import { messageOf } from "../../../cli/errors";
import { benchImages, sandboxImages } from "../../../sandbox/images";
import { ImageBuilder, needsOf } from "../../../sandbox/images/builder";
import { catalog } from "../../../sandbox/images/catalog";
import { createRegistry } from "../../../sandbox/images/registry/server";
import { ImageStore } from "../../../sandbox/images/store";
import { endProcess, identify } from "../../../sandbox/processes/process-table";
import { ensurePackages, findStored } from "../../../sandbox/toolchain";

const run = promisify(execFile);

/** A command that the program of an image answers without any settings, as the user that the stack runs it as. */
const checks: Record<string, { user: number; command: string[]; says: RegExp; fails?: true }> = {
    [images.prometheusOperator.image]: { user: 65534, command: ["/bin/operator", "--version"], says: /0\.93/ },
    [images.configReloader.image]: {
        user: 65534,
        command: ["/bin/prometheus-config-reloader", "--version"],
        says: /0\.93/,
    },
    [images.prometheus.image]: { user: 65534, command: ["/bin/prometheus", "--version"], says: /version 3\./ },
    [images.alertmanager.image]: { user: 65534, command: ["/bin/alertmanager", "--version"], says: /version 0\./ },
    [images.thanos.image]: { user: 1001, command: ["/bin/thanos", "--version"], says: /version 0\./ },
    [images.loki.image]: { user: 10001, command: ["/usr/bin/loki", "--version"], says: /version 3\./ },
    [images.memcached.image]: { user: 11211, command: ["memcached", "--version"], says: /^memcached 1\./ },
    [images.memcachedExporter.image]: {
        user: 65534,
        command: ["/bin/memcached_exporter", "--version"],
        says: /version 0\./,
    },
    [images.lokiGateway.image]: { user: 101, command: ["nginx", "-V"], says: /nginx version: nginx\/1\./ },
    [images.lokiGatewayExporter.image]: {
        user: 1001,
        command: ["/usr/bin/nginx-prometheus-exporter", "--version"],
        says: /version 1\./,
    },
    [images.alloy.image]: { user: 473, command: ["/bin/alloy", "--version"], says: /version v1\./ },
    [images.kubeStateMetrics.image]: { user: 65534, command: ["/kube-state-metrics", "version"], says: /v2\./ },
    [images.nodeExporter.image]: { user: 65534, command: ["/bin/node_exporter", "--version"], says: /version 1\./ },
    [images.admissionWebhook.image]: {
        user: 65534,
        command: ["/bin/admission-webhook", "--version"],
        says: /version 0\./,
    },
    [images.blackboxExporter.image]: {
        user: 65534,
        command: ["/bin/blackbox_exporter", "--version"],
        says: /version 0\./,
    },
    // It has no flag for its version, and counts its help as a failure.
    [images.prometheusAdapter.image]: {
        user: 65534,
        command: ["/adapter", "--help"],
        says: /--prometheus-url/,
        fails: true,
    },
    [images.telegraf.image]: { user: 999, command: ["/usr/bin/telegraf", "--version"], says: /^Telegraf 1\./ },
    [images.victoriaMetrics.image]: {
        user: 65534,
        command: ["/victoria-metrics-prod", "--version"],
        says: /victoria-metrics-v1\./,
    },
    [benchImages.load]: { user: 65534, command: ["/scrape-load", "-v"], says: /^scrape-load 1\./ },
    [sandboxImages.pause]: { user: 65535, command: ["/pause", "-v"], says: /^pause 3\./ },
    [sandboxImages.coredns]: { user: 65532, command: ["/coredns", "-version"], says: /CoreDNS-1\./ },
    [sandboxImages.busybox]: { user: 65534, command: ["/bin/sh", "-c", "echo $((6 * 7))"], says: /^42\n$/ },
};

describe("images: pulled and unpacked by containerd, and their programs run", () => {
    const containerd = findStored("containerd");
    const ctr = findStored("ctr");
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-ctr-"));
    let registry: Server | undefined;
    let daemon: ChildProcess | undefined;
    let inside: string[];

    before(async function () {
        if (process.getuid?.() !== 0 || containerd === undefined || ctr === undefined) {
            // Mounting takes root; containerd is built by the first command that needs it, not by this test.
            this.skip();
        }
        for (const names of [["busybox-static"], ["nginx"], ["memcached"]]) {
            await ensurePackages(names);
        }
        const store = new ImageStore(path.join(folder, "images"));
        const server = createRegistry({
            store,
            builder: new ImageBuilder(store),
            upstream: {
                canReach: () => Promise.resolve(false),
                manifest: () => Promise.reject(new Error("not asked")),
                blob: () => Promise.reject(new Error("not asked")),
            },
            log: () => undefined,
        });
        registry = server;
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        fs.mkdirSync(path.join(folder, "hosts", "_default"), { recursive: true });
        fs.writeFileSync(
            path.join(folder, "hosts", "_default", "hosts.toml"),
            `server = "${url}"\n[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`,
        );
        fs.writeFileSync(
            path.join(folder, "config.toml"),
            `version = 3
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
[grpc]
  address = "${folder}/containerd.sock"
`,
        );
        const log = fs.openSync(path.join(folder, "log"), "w");
        // Mounts of its own, which go with it.
        daemon = spawn(
            "unshare",
            ["--mount", "--propagation", "private", containerd, "--config", path.join(folder, "config.toml")],
            { detached: true, stdio: ["ignore", log, log] },
        );
        fs.closeSync(log);
        inside = ["nsenter", "--target", `${daemon.pid ?? 0}`, "--mount", "--"];
        for (let tries = 0; ; tries += 1) {
            try {
                await client("version");
                break;
            } catch (error) {
                if (tries === 100) {
                    throw new Error(fs.readFileSync(path.join(folder, "log"), "utf8"), { cause: error });
                }
                await sleep(100);
            }
        }
    });

    after(async () => {
        const identity = daemon?.pid === undefined ? undefined : identify(daemon.pid);
        if (identity !== undefined) {
            await endProcess(identity, 5_000);
        }
        registry?.close();
        registry?.closeAllConnections();
        fs.rmSync(folder, { recursive: true, force: true });
    });

    /** Runs a command where containerd's mounts are. */
    async function enter(...command: string[]): Promise<string> {
        const [program = "", ...args] = [...inside, ...command];
        const { stdout, stderr } = await run(program, args);
        return stdout + stderr;
    }

    const client = (...args: string[]): Promise<string> =>
        enter(ctr ?? "", "--address", path.join(folder, "containerd.sock"), ...args);

    it("has a check for each image that can be made", () => {
        const made = [...catalog].flatMap(([name, entry]) => ("recipe" in entry ? [name] : []));
        expect(Object.keys(checks).sort()).to.deep.equal(made.sort());
    });

    for (const [reference, { user, command, says, fails }] of Object.entries(checks)) {
        it(reference, async function () {
            const entry = catalog.get(reference);
            const tools = entry !== undefined && "recipe" in entry ? needsOf(entry.recipe).tools : [];
            if (tools.some((tool) => findStored(tool) === undefined)) {
                this.skip();
            }
            await client("images", "pull", "--hosts-dir", path.join(folder, "hosts"), reference);
            const root = fs.mkdtempSync(path.join(folder, "mount-"));
            await client("images", "mount", reference, root);
            try {
                const said = enter("chroot", `--userspec=${user}:${user}`, root, ...command);
                expect(await (fails === true ? said.catch(messageOf) : said)).to.match(says);
            } finally {
                await client("images", "unmount", "--rm", root);
            }
        });
    }

    it("says that an image which isn't known isn't there", async () => {
        const error: unknown = await client(
            "images",
            "pull",
            "--hosts-dir",
            path.join(folder, "hosts"),
            "quay.io/somebody/else:1",
        ).catch((thrown: unknown) => thrown);
        expect((error as Error).message).to.contain("quay.io/somebody/else:1: not found");
    });
}).timeout(600_000);
