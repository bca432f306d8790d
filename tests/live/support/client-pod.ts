import { randomBytes } from "node:crypto";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { sandboxImages } from "../../../sandbox/images";
import { kubectl } from "./kubectl";
import { core, objects } from "./live";
import { simulatedOnes, stackPods, testLabel } from "./pods";
import { until } from "./until";

/** What a pod of a test is. */
export interface ClientPodOptions {
    readonly namespace: string;
    /** By them NetworkPolicies know it. Not those of a DaemonSet: its controller would take the pod for one of its own. */
    readonly labels?: Readonly<Record<string, string>>;
    /** What its one container runs.  @default it sleeps */
    readonly command?: readonly string[];
}

const made = new Set<ClientPod>();

/** A small pod with a shell, as unprivileged as those of the stack. Never ready, so that no Service takes it for its own. */
export class ClientPod {
    private constructor(public readonly pod: V1Pod) {}

    /** Starts one. It goes after all tests, or by {@link remove}. */
    static async start(options: ClientPodOptions): Promise<ClientPod> {
        const name = `live-${randomBytes(3).toString("hex")}`;
        const { namespace } = options;
        await until(`ServiceAccount "default" in ${namespace}`, 30, () =>
            core().readNamespacedServiceAccount({ namespace, name: "default" }),
        );
        await core().createNamespacedPod({ namespace, body: definition(name, options) });
        const pod = await until(`running pod ${namespace}/${name}`, 60, async () => {
            const found = await core().readNamespacedPod({ namespace, name });
            if (found.status?.containerStatuses?.[0]?.state?.running === undefined) {
                throw new Error(found.status?.phase ?? "it isn't there");
            }
            return found;
        });
        const client = new ClientPod(pod);
        made.add(client);
        return client;
    }

    get namespace(): string {
        return this.pod.metadata?.namespace ?? "";
    }

    get name(): string {
        return this.pod.metadata?.name ?? "";
    }

    /** Runs a script of the shell in it. @returns its standard output */
    run(script: string): Promise<string> {
        return kubectl("exec", "--namespace", this.namespace, this.name, "--", "sh", "-c", script);
    }

    /** Body of the answer to a GET; other statuses than those of success are errors. */
    get(url: string, seconds = 20): Promise<string> {
        // Its own time-out breaks the statically linked busybox, hence the command.
        return this.run(`timeout ${seconds} wget -q -O - '${url.replaceAll("'", "%27")}'`);
    }

    async remove(): Promise<void> {
        made.delete(this);
        await core()
            .deleteNamespacedPod({ namespace: this.namespace, name: this.name, gracePeriodSeconds: 0 })
            .catch(() => undefined);
    }

    /** Removes all that there are. */
    static async removeAll(): Promise<void> {
        await Promise.all([...made].map((client) => client.remove()));
    }
}

/** Labels of a pod of the stack by which Services and policies know it; not those that tell it apart from its replicas. */
export function workloadLabels({ metadata }: V1Pod): Record<string, string> {
    const own = ["pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name"];
    return Object.fromEntries(
        Object.entries(metadata?.labels ?? {}).filter(([key]) => !own.includes(key) && !key.startsWith("apps.")),
    );
}

/** A real pod with the labels of a simulated one, so that the same policies hold for it. */
export async function standIn(simulated: V1Pod, options: Pick<ClientPodOptions, "command"> = {}): Promise<ClientPod> {
    return ClientPod.start({
        namespace: simulated.metadata?.namespace ?? "",
        labels: workloadLabels(simulated),
        ...options,
    });
}

let grafana: Promise<ClientPod> | undefined;

/** A client that may call what Grafana may. One for all test files. */
export async function grafanaClient(): Promise<ClientPod> {
    grafana ??= (async () => {
        const [pod] = simulatedOnes(await stackPods());
        if (pod === undefined) {
            throw new Error("the stack has no simulated pod");
        }
        return standIn(pod);
    })();
    const client = await grafana;
    const there = await core()
        .readNamespacedPod({ namespace: client.namespace, name: client.name })
        .catch(() => undefined);
    if (there?.status?.containerStatuses?.[0]?.state?.running === undefined) {
        await client.remove();
        grafana = undefined;
        return grafanaClient();
    }
    return client;
}

/** A namespace of a test's own; it goes with all that is in it by {@link removeNamespace}. */
export async function makeNamespace(prefix: string): Promise<string> {
    const name = `${prefix}-${randomBytes(3).toString("hex")}`;
    await objects().create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return name;
}

export async function removeNamespace(name: string): Promise<void> {
    await core().deleteNamespace({ name });
}

function definition(name: string, { labels = {}, command = ["sleep", "86400"] }: ClientPodOptions): V1Pod {
    const container: V1Container = {
        name: "main",
        image: sandboxImages.busybox,
        command: [...command],
        resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { memory: "64Mi" } },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        },
    };
    return {
        metadata: { name, labels: { ...labels, [testLabel]: "true" } },
        spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 0,
            // Nobody ever says that it is met.
            readinessGates: [{ conditionType: "perch.dev/never" }],
            securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
            containers: [container],
        },
    };
}
