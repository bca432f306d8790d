import * as fs from "node:fs";
import * as path from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { engineFiles } from "../../sandbox/engine/home";
import { daemonStatuses } from "../../sandbox/processes";
import { eventually } from "../sandbox/support/platform";
import { saysReady } from "../support/ready";
import { client, cluster, core, local } from "./support/deployment";
import { crdIds, everything, expectAdded } from "./support/inventory";
import { MakeUp } from "./support/make-up";
import { summary } from "./support/output";
import { alertmanagers, always, perNode, targetsOf, times } from "./support/targets";

/** Processes of the engine that runs in this run folder, by the name of their program or bundle. */
function engineProcesses(name: string): number[] {
    const isWanted = (pid: string): boolean => {
        try {
            const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
            return words.some((word) => word.startsWith(engineFiles.home) && path.basename(word) === name);
        } catch {
            return false;
        }
    };
    return fs
        .readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry) && isWanted(entry))
        .map(Number);
}

function daemonProcesses(name: string): number[] {
    return daemonStatuses().flatMap((daemon) => (daemon.name === name && daemon.alive ? [daemon.pid] : []));
}

function kill(pids: readonly number[]): void {
    expect(pids).to.have.length.greaterThan(0);
    for (const pid of pids) {
        process.kill(pid, "SIGKILL");
    }
}

/** What is done to a run. */
const faults: Readonly<Record<string, (run: MakeUp) => void>> = {
    "Ctrl-C": (run) => {
        run.interrupt();
    },
    "a kill of the engine": () => {
        kill(engineProcesses("pulumi"));
    },
    "a kill of the plugin for AWS": () => {
        kill(engineProcesses("aws.cjs"));
    },
    "a kill of the plugin for Kubernetes": () => {
        kill(engineProcesses("kubernetes.cjs"));
    },
    "a kill of the language host": () => {
        kill(engineProcesses("nodejs.cjs"));
    },
    "a kill of the API server": () => {
        kill(daemonProcesses("kube-apiserver"));
    },
};

const engineLabels = { "app.kubernetes.io/name": "relay", "app.kubernetes.io/component": "engine" };

/** An Engine as its own team deploys it: two pods behind a Service with the labels that perch looks for. */
const engineObjects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "engines" } },
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "relay-of-today", namespace: "engines", labels: engineLabels },
        spec: { selector: engineLabels, ports: [{ name: "metrics", port: 80, targetPort: 8080 }] },
    },
    ...["a", "b"].map((pod) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `relay-${pod}`, namespace: "engines", labels: engineLabels },
        spec: {
            containers: [{ name: "relay", image: "relay:1", ports: [{ name: "http", containerPort: 8080 }] }],
        },
    })),
];

/** Each run gets so far. */
const changesPerRun = 8;

describe("A `make up` that is cut off (profile perch)", () => {
    let atFirst: string[];

    before(async () => {
        await local();
        atFirst = await everything();
    });

    for (const [title, fault] of Object.entries(faults)) {
        it(`by ${title} ends red`, async () => {
            const run = new MakeUp("perch");
            await run.hasBegun(changesPerRun);
            fault(run);
            const { code, output } = await run.end();
            expect(code, output).to.not.equal(0);
        });
    }

    it("goes on at the next one, and ends green: says that no URL answers, and which command makes them answer", async () => {
        const { code, output } = await new MakeUp("perch").end();
        expect(code, output).to.equal(0);
        expect(output).to.contain("the pods are simulated, so no URL answers").and.contain("make up PODS=real");
        const { items } = await core().listPodForAllNamespaces();
        expect(items.filter((pod) => !saysReady(pod)).map((pod) => pod.metadata?.name)).to.deep.equal([]);
    });

    /** Storage that each volume of Thanos Store asks for; undefined: it isn't there. */
    async function storeStorage(): Promise<string | undefined> {
        const { items } = await client(AppsV1Api).listNamespacedStatefulSet({ namespace: "perch-system" });
        const store = items.find(({ metadata }) => metadata?.name === "thanos-store");
        return store?.spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests?.storage;
    }

    for (const [size, title] of [
        ["11Gi", "a kill of the engine"],
        ["12Gi", "a kill of the plugin for Kubernetes"],
    ] as const) {
        it(`by ${title} while it makes anew what it has deleted goes on at the next one, and ends green`, async () => {
            const stack = await local();
            await stack.set("perch:longTerm.store.volume.size", size);
            const run = new MakeUp("perch");
            await run.hasGotTo("made Thanos Store anew", async () => (await storeStorage()) === size);
            faults[title]?.(run);
            const cutOff = await run.end();
            expect(cutOff.code, cutOff.output).to.not.equal(0);
            expect(await stack.ok("stack", "export")).to.contain('"pendingReplacement": true');
            const { code, output } = await new MakeUp("perch").end();
            expect(code, output).to.equal(0);
            expect(output).to.contain("an earlier run was cut off within 1 operation: reading what became of it");
            expect(await storeStorage()).to.equal(size);
        });
    }

    const own = [
        ...always(2),
        ...alertmanagers(3),
        ...perNode.alloy,
        "grafana perch-grafana:3000/metrics",
        "loki loki:3100/metrics",
        ...times(2, "thanos-sidecar thanos-sidecar:10902/metrics", "thanos-query thanos-query:10902/metrics"),
        ...times(2, "thanos-store thanos-store:10902/metrics"),
    ];

    it("P-17: finds exactly the targets that there are, by the rights of Prometheus's own account", async () => {
        await eventually(async () => {
            expect(await targetsOf("perch-system")).to.deep.equal(own.sort());
        }, 60);
    });

    it("P-33, P-34, P-77: finds each Engine that comes, in any namespace, and nothing is deployed for that", async () => {
        for (const object of engineObjects) {
            await cluster().create(object);
        }
        await eventually(async () => {
            expect(await targetsOf("perch-system")).to.deep.equal(
                [...own, ...times(2, "relay relay-of-today:8080/metrics")].sort(),
            );
        }, 60);
        await Promise.all(engineObjects.toReversed().map((object) => cluster().delete(object)));
    });

    it("leaves a state that is right: nothing to change, no drift, and all of it can be destroyed", async () => {
        const stack = await local();
        expect(summary(await stack.ok("preview"))).to.have.all.keys("unchanged");
        expect(summary(await stack.ok("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
        await stack.destroy();
        await expectAdded(atFirst, crdIds);
        expect(fs.existsSync(engineFiles.journal)).to.equal(false);
    });
});
