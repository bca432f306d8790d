import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api, CoreV1Api, type KubernetesObject, type V1Container, type V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { sandboxImages } from "../../../sandbox/images";
import {
    ensureNamespaces,
    nodeNames,
    nodePorts,
    nodeRunDir,
    removeNamespaces,
    runningNode,
    statusesOfNode,
} from "../../../sandbox/node";
import { mountedHierarchies } from "../../../sandbox/node/cgroups";
import { enterCommand, nodeId } from "../../../sandbox/node/namespaces";
import { UserError } from "../../../cli/errors";
import { projectRoot, inRunDir } from "../../../sandbox/paths";
import { readJsonIfValid } from "../../../sandbox/processes";
import { stopSandbox } from "../../../sandbox/stop";
import { run } from "../../../sandbox/toolchain/run";
import { saysReady } from "../../support/ready";
import { claim } from "../support/objects";
import {
    applyToNode,
    differences,
    type MachineState,
    machineState,
    nodeAdmin,
    requireNode,
    startNode,
} from "../support/node";
import { eventually } from "../support/platform";

const namespace = "default";

function busybox(name: string, script: string, more: Partial<V1Pod["spec"]> = {}, mounted = false): V1Pod {
    const container: V1Container = {
        name: "main",
        image: sandboxImages.busybox,
        command: ["sh", "-c", script],
        ...(mounted ? { volumeMounts: [{ name: "data", mountPath: "/data" }] } : {}),
    };
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name },
        spec: { terminationGracePeriodSeconds: 0, restartPolicy: "Never", ...more, containers: [container] },
    };
}

const core = (): CoreV1Api => nodeAdmin().makeApiClient(CoreV1Api);

async function phaseOf(name: string): Promise<string | undefined> {
    return (await core().readNamespacedPod({ namespace, name })).status?.phase;
}

async function untilPhase(name: string, phase: string, seconds = 60): Promise<void> {
    await eventually(async () => {
        expect(await phaseOf(name), name).equals(phase);
    }, seconds);
}

function logOf(name: string): Promise<string> {
    return core().readNamespacedPodLog({ namespace, name });
}

/** In a process of its own. @param folder run folder, when it shall be another one */
function startElsewhere(folder?: string): ChildProcess {
    const script = path.join(projectRoot, "tests", "sandbox", "support", "start-node.ts");
    return spawn(process.execPath, ["--import", "tsx", script], {
        cwd: projectRoot,
        env: { ...process.env, ...(folder === undefined ? {} : { PERCH_SANDBOX_DIR: folder }) },
        stdio: ["ignore", "pipe", "pipe"],
    });
}

/** Kills one of the node's processes by the pid that it has there. */
async function killWithin(name: string): Promise<number> {
    const { pid } = readJsonIfValid(path.join(nodeRunDir, "processes", `${name}.json`)) as { pid: number };
    const [program, ...args] = enterCommand(runningNode()!, ["kill", "-KILL", String(pid)]);
    expect((await run(program, args)).ok, name).equals(true);
    return pid;
}

describe("a real node", function () {
    this.timeout(300_000);

    let untouched: MachineState;

    before("the machine can have one", async function () {
        await requireNode(this);
        // The simulated platform, if files before this one have started it: a stop takes that along.
        await stopSandbox(() => undefined);
        untouched = await machineState();
    });

    after(async () => {
        await stopSandbox(() => undefined);
    });

    describe("that runs", () => {
        before(async () => {
            await startNode();
        });

        it("is ready, with a simulated one beside it, and has the cluster's names", async () => {
            const { items } = await core().listNode();
            const ready = items.filter(saysReady);
            expect(ready.map(({ metadata }) => metadata?.name)).members(Object.values(nodeNames));
            await eventually(async () => {
                const { status } = await nodeAdmin()
                    .makeApiClient(AppsV1Api)
                    .readNamespacedDeployment({ namespace: "kube-system", name: "coredns" });
                expect(status?.availableReplicas).equals(1);
            }, 60);
        });

        it("leaves the machine's mounts, sysctls, packet filter and folders as they are, and has groups of its own name", async () => {
            const { mounts, sysctls, firewall, folders } = await machineState();
            expect({ mounts, sysctls, firewall, folders }).eql({
                mounts: untouched.mounts,
                sysctls: untouched.sysctls,
                firewall: untouched.firewall,
                folders: untouched.folders,
            });
            const groups = (await machineState()).cgroups.filter((group) => !untouched.cgroups.includes(group));
            expect(groups).not.eql([]);
            expect(groups.filter((group) => !group.includes(`/${nodeId()}`))).eql([]);
        });

        it("runs containers whose names are resolved and who reach Services, and nothing outside", async () => {
            const names = "nslookup kubernetes.default.svc.cluster.local && ! nslookup example.com";
            const api = "wget -q -O - http://10.96.0.1:443/ 2>&1 | grep -q 'HTTP/1.0 400'";
            await applyToNode(busybox("reaches", `${names} && ${api} && echo fine`));
            await untilPhase("reaches", "Succeeded");
            expect(await logOf("reaches")).match(/fine\n$/);
        });

        it("applies a container's security context and its memory limit", async () => {
            // All in one stream: containerd keeps no order between the two.
            const say = "id -u; grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; touch /x 2>&1";
            const pod = busybox("bound", say);
            pod.spec!.containers[0]!.securityContext = {
                runAsUser: 65534,
                runAsNonRoot: true,
                readOnlyRootFilesystem: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ["ALL"] },
            };
            const hungry = busybox("hungry", "x=x; while :; do x=$x$x; done");
            hungry.spec!.containers[0]!.resources = { limits: { memory: "32Mi" } };
            await applyToNode(pod, hungry);
            await untilPhase("bound", "Failed");
            expect(await logOf("bound")).equals(
                "65534\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\ntouch: /x: Read-only file system\n",
            );
            await untilPhase("hungry", "Failed");
            const { status } = await core().readNamespacedPod({ namespace, name: "hungry" });
            expect(status?.containerStatuses?.[0]?.state?.terminated?.reason).equals("OOMKilled");
        });

        it("keeps DaemonSets that tolerate everything to itself, and gives pods of Grafana's image to the simulated one", async () => {
            const labels = { app: "everywhere" };
            const { containers } = busybox("everywhere", "sleep 3600").spec!;
            await applyToNode(
                {
                    apiVersion: "apps/v1",
                    kind: "DaemonSet",
                    metadata: { namespace, name: "everywhere" },
                    spec: {
                        selector: { matchLabels: labels },
                        template: {
                            metadata: { labels },
                            spec: {
                                terminationGracePeriodSeconds: 0,
                                tolerations: [{ operator: "Exists" }],
                                containers,
                            },
                        },
                    },
                } as KubernetesObject,
                {
                    apiVersion: "v1",
                    kind: "Pod",
                    metadata: { namespace, name: "dashboards" },
                    spec: { containers: [{ name: "main", image: "docker.io/grafana/grafana:13.2.0" }] },
                } as KubernetesObject,
            );
            await untilPhase("dashboards", "Running");
            const { spec } = await core().readNamespacedPod({ namespace, name: "dashboards" });
            expect(spec?.nodeName).equals(nodeNames.simulated);
            const nodes = await eventually(async () => {
                const { items } = await core().listNamespacedPod({ namespace, labelSelector: "app=everywhere" });
                expect(items.map(({ status }) => status?.phase)).eql(["Running"]);
                return items.map((pod) => pod.spec?.nodeName);
            }, 60);
            expect(nodes).eql([nodeNames.real]);
        });

        it("starts again what is killed, and its pods don't notice", async () => {
            await applyToNode(busybox("stays", "sleep 3600", { restartPolicy: "Always" }));
            await untilPhase("stays", "Running");
            const killed = ["containerd", "kubelet", "kube-apiserver", "etcd", "network-policy", "s3"];
            const pids = await Promise.all(killed.map(killWithin));
            await eventually(async () => {
                const statuses = await statusesOfNode();
                const back = statuses.filter(({ name, healthy }) => killed.includes(name) && healthy);
                expect(back.map(({ name }) => name)).members(killed);
                expect(back.filter(({ pid }) => pids.includes(pid ?? 0))).eql([]);
            }, 180);
            await applyToNode(busybox("later", "echo later"));
            await untilPhase("later", "Succeeded");
            const { status } = await core().readNamespacedPod({ namespace, name: "stays" });
            expect(status?.containerStatuses?.map(({ ready, restartCount }) => [ready, restartCount])).eql([[true, 0]]);
        });

        it("keeps a volume's data over its stop and start, and removes them with their claim", async () => {
            const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "kept" } }];
            await applyToNode(
                claim(namespace, "kept", "longhorn"),
                busybox("writes", "echo text > /data/file", { volumes, securityContext: { runAsUser: 1000 } }, true),
            );
            await untilPhase("writes", "Succeeded");
            await removeNamespaces();
            await startNode();
            await applyToNode(busybox("reads", "cat /data/file", { volumes }, true));
            await untilPhase("reads", "Succeeded", 90);
            expect(await logOf("reads")).equals("text\n");
            const folder = path.join(nodeRunDir, "volumes");
            expect(fs.readdirSync(folder)).length(1);
            for (const name of ["writes", "reads"]) {
                await core().deleteNamespacedPod({ namespace, name });
            }
            await core().deleteNamespacedPersistentVolumeClaim({ namespace, name: "kept" });
            await eventually(() => {
                expect(fs.readdirSync(folder)).eql([]);
                return Promise.resolve();
            });
        });

        it("leaves nothing behind when it is stopped, within five seconds", async () => {
            const begin = Date.now();
            await stopSandbox(() => undefined);
            expect(Date.now() - begin).below(5_000);
            expect(differences(untouched, await machineState())).eql({});
        });
    });

    describe("that is killed", () => {
        it("is gone with its PID 1, and what outlives that goes with the next stop", async () => {
            const { pid } = await ensureNamespaces();
            process.kill(pid, "SIGKILL");
            await eventually(() => {
                expect(runningNode()).equals(undefined);
                return Promise.resolve();
            });
            await removeNamespaces();
            expect(differences(untouched, await machineState())).eql({});
        });

        it("is gone with the process that made its namespaces", async () => {
            await ensureNamespaces();
            const { running } = readJsonIfValid(inRunDir("node.json")) as { running: { unshare: { pid: number } } };
            process.kill(running.unshare.pid, "SIGKILL");
            await eventually(() => {
                expect(runningNode()).equals(undefined);
                return Promise.resolve();
            });
            await removeNamespaces();
            expect(differences(untouched, await machineState())).eql({});
        });

        it("within its start, at any point, doesn't hinder the next start, and nothing is left", async () => {
            for (const milliseconds of [900, 1_300, 2_500, 6_000]) {
                const starting = startElsewhere();
                await sleep(milliseconds);
                starting.kill("SIGKILL");
                await once(starting, "close");
            }
            await startNode();
            await stopSandbox(() => undefined);
            expect(differences(untouched, await machineState())).eql({});
        });
    });

    describe("one of whose processes can't start", () => {
        it("says which and why in one message, and starts once the reason is gone", async () => {
            const node = await ensureNamespaces();
            const port = nodePorts["cluster-agent"];
            const script = `require("net").createServer((s) => s.destroy()).listen(${port}, "127.0.0.1", () => console.log("listens"))`;
            // Not its namespace of processes too: nsenter would be another process than the one that listens.
            const args = ["--target", String(node.pid), "--net", process.execPath, "-e", script];
            const squatter = spawn("nsenter", args, { stdio: ["ignore", "pipe", "inherit"] });
            await once(squatter.stdout, "data");
            const problem = await startNode().then(
                () => "none",
                (error: unknown) => (error instanceof UserError ? error.message : `not for the user: ${String(error)}`),
            );
            squatter.kill("SIGKILL");
            expect(problem).match(
                /^cluster-agent ended at its start \(exit code 1\)\. The last lines of its log:\n.*EADDRINUSE/,
            );
            expect(problem).not.match(/^\s+at /m);
            await startNode();
            await stopSandbox(() => undefined);
            expect(differences(untouched, await machineState())).eql({});
        });
    });

    describe("beside others", () => {
        it("has another name and other addresses than a node of another run folder", async () => {
            const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perch-second-"));
            const mine = await ensureNamespaces();
            const script = `
                const { ensureNamespaces, removeNamespaces } = require("./sandbox/node/namespaces.ts");
                ensureNamespaces().then(async ({ addresses }) => {
                    process.stdout.write(addresses.subnet);
                    await removeNamespaces();
                });`;
            try {
                const { stdout, stderr } = await run(process.execPath, ["--import", "tsx", "--eval", script], {
                    cwd: projectRoot,
                    env: { PERCH_SANDBOX_DIR: folder },
                });
                expect(stdout, stderr).match(/^\d+\.\d+\.\d+\.0\/24$/);
                expect(stdout).not.equals(mine.addresses.subnet);
                expect(runningNode()).eql(mine);
            } finally {
                fs.rmSync(folder, { recursive: true });
                await removeNamespaces();
            }
        });

        it("is the same for two commands at once", async () => {
            const starting = [startElsewhere(), startElsewhere()];
            const codes = await Promise.all(
                starting.map(async (child) => (await once(child, "close"))[0] as number | null),
            );
            expect(codes).eql([0, 0]);
            expect((await statusesOfNode()).filter(({ healthy }) => !healthy)).eql([]);
            await stopSandbox(() => undefined);
            expect(differences(untouched, await machineState())).eql({});
        });

        it("doesn't take a cgroup that others are in, and says whose it is", async () => {
            const { mountPoint } = mountedHierarchies()[0]!;
            const group = path.join(mountPoint, nodeId());
            fs.mkdirSync(group);
            const other = spawn("sleep", ["600"]);
            try {
                fs.writeFileSync(path.join(group, "cgroup.procs"), String(other.pid));
                const problem = await ensureNamespaces().then(
                    () => "none",
                    (error: unknown) => (error instanceof Error ? error.message : ""),
                );
                expect(problem).equals(
                    `The cgroup ${group} is in use by process ${other.pid}. ` +
                        "The sandbox needs it for itself: end those processes, or set PERCH_SANDBOX_DIR to another folder.",
                );
            } finally {
                other.kill("SIGKILL");
                await once(other, "close");
            }
            await removeNamespaces();
            expect(differences(untouched, await machineState())).eql({});
        });
    });
});
