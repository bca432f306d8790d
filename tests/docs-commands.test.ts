import { expect } from "chai";
import type { Settings } from "../config/load";
import { settingsFrom } from "./config/settings";
import { type Found, foundIn } from "./support/found";
import { type Command, commandOf, commandsOf } from "./support/kubectl";
import { type KubeObject, kubeObjects, type Seen } from "./support/mocks";
import { pages, read } from "./support/pages";
import { selects } from "./support/stack";
import { deployStack, given, required, stacks } from "./support/stacks";

/** Namespaces of Kubernetes and of others' software; `shop` is the pages' example of an application. */
const elsewhere = ["kube-system", "default", "cert-manager", "shop"];

/** What pods of kube-system are labelled with, beside those that a stack file names. */
const kubeSystemLabels = [{ "k8s-app": "kube-dns" }];

/** Parts that no profile has. */
const more = () =>
    settingsFrom({
        ...required,
        longTerm: { kind: "thanos", ruler: {}, caches: { kind: "memcached" } },
        metrics: { ...given.metrics, blackbox: { enabled: true }, kubeStateMetrics: { shards: 2 } },
    });

describe("The kubectl commands of the pages", () => {
    let all: Settings[];
    let objects: KubeObject[];
    let found: Found[];
    before(async () => {
        all = [...Object.values(stacks).map((stack) => stack()), more()];
        const resources: Seen[] = [];
        for (const each of all) {
            resources.push(...(await deployStack(each)).resources);
        }
        objects = kubeObjects(resources);
        found = foundIn(resources);
    });

    /** What runs pods, of those that an object of a command stands for; undefined: it runs none. */
    function runs({ kind, name }: Command["objects"][number], here: readonly Found[]): Found[] | undefined {
        switch (kind) {
            case "pod":
                return here.filter(({ pods }) => pods.includes(name));
            case "persistentvolumeclaim":
                return here.filter(({ claims }) => claims.includes(name));
            case "deployment":
            case "statefulset":
            case "daemonset":
                return here.filter((each) => each.kind.toLowerCase() === kind && each.name === name);
            default:
                return undefined;
        }
    }

    /** Labels of EndpointSlices: a Service's, and those that the operator gives the kubelets', as their monitor selects. */
    const slices = () =>
        objects.flatMap(({ kind, metadata, spec }): Record<string, string>[] =>
            kind === "Service"
                ? [{ ...metadata.labels, "kubernetes.io/service-name": metadata.name }]
                : kind === "ServiceMonitor" && metadata.name === "kubelet"
                  ? [(spec as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels]
                  : [],
        );

    function wrongSelector({ kinds, selector }: Command, here: readonly Found[]): string[] {
        if (selector === undefined) {
            return [];
        }
        const chosen = (kind: string) =>
            kind === "endpointslice"
                ? slices().some((labels) => selects(selector, labels))
                : here.some(({ labels, claimLabels = {} }) =>
                      selects(selector, kind === "persistentvolumeclaim" ? claimLabels : labels),
                  );
        return kinds.filter((kind) => !chosen(kind)).map((kind) => `no ${kind} has ${JSON.stringify(selector)}`);
    }

    function wrongObjects(command: Command, here: readonly Found[]): string[] {
        const { namespace, container, port } = command;
        return command.objects.flatMap((object) => {
            const { kind, name } = object;
            const running = runs(object, here);
            const plain = objects.filter(
                ({ kind: itsKind, metadata }) =>
                    itsKind.toLowerCase() === kind && metadata.name === name && metadata.namespace === namespace,
            );
            if (running?.length === 0 || (running ?? plain).length === 0) {
                return [`no ${kind} ${name}`];
            }
            const served = [
                ...(running ?? []).flatMap(({ ports }) => ports),
                ...plain
                    .flatMap(({ spec }) => (spec as { ports?: { port: number }[] } | undefined)?.ports ?? [])
                    .map((p) => p.port),
            ];
            return [
                ...(container === undefined || running?.some(({ containers }) => containers.includes(container))
                    ? []
                    : [`no container ${container} in ${name}`]),
                ...(port === undefined || served.includes(port) ? [] : [`no port ${port} at ${name}`]),
            ];
        });
    }

    /** What a command names and no stack has; what the reader fills in, and others' software, is taken as it is. */
    function wrongWith(command: Command): string[] {
        const { namespace, selector } = command;
        if (namespace === undefined) {
            return wrongSelector(command, found);
        }
        if (objects.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === namespace)) {
            const here = found.filter((each) => each.namespace === namespace);
            return [...wrongSelector(command, here), ...wrongObjects(command, here)];
        }
        const known = [
            ...kubeSystemLabels,
            ...all.flatMap(({ metrics }): Record<string, string>[] => Object.values(metrics.controlPlane.podLabels)),
        ];
        if (
            namespace === "kube-system" &&
            selector !== undefined &&
            !known.some((labels) => selects(selector, labels))
        ) {
            return [`no pod of kube-system has ${JSON.stringify(selector)}`];
        }
        return namespace.startsWith("<") || elsewhere.includes(namespace) ? [] : [`no namespace ${namespace}`];
    }

    const commands = pages.flatMap((page) => commandsOf(read(page)).map((command) => ({ page, command })));

    it("are found in blocks and within lines", () => {
        expect(commands).to.have.length.above(250);
        const of = (page: string) => commands.filter((each) => each.page === page).map(({ command }) => command.text);
        expect(of("docs/operations.md")).to.include.members([
            "kubectl -n monitoring delete pod prometheus-perch-0",
            "kubectl -n monitoring describe pod prometheus-perch-0",
        ]);
    });

    it("name objects, containers, ports, labels and namespaces that some stack has", () => {
        const wrong = commands.flatMap(({ page, command }) =>
            wrongWith(command).map((what) => `${page}: ${what}: ${command.text}`),
        );
        expect(wrong).to.deep.equal([]);
    });

    // `pulumi up` alone would have to delete the StatefulSet with its pods.
    it("lead to grow-volumes where a runbook speaks of a volume's size", () => {
        const runbooks = pages.filter((page) => page.startsWith("docs/runbooks/"));
        const grown = runbooks.filter((page) =>
            /`(?:metrics|longTerm|logs|alerting)[\w.*]*\.volume\.size`/.test(read(page)),
        );
        expect(grown).to.have.length.above(5);
        expect(grown.filter((page) => !read(page).includes("](../operations.md#larger-volumes)"))).to.deep.equal([]);
        const patched = runbooks.flatMap((page) =>
            commandsOf(read(page)).filter(({ text }) => text.includes("patch pvc")),
        );
        expect(patched.map(({ namespace }) => namespace)).to.deep.equal(["<namespace>", "<namespace>"]);
    });

    const mistakes: readonly [command: string, found: string][] = [
        [
            "kubectl -n monitoring delete pvc prometheus-perch-db-0 --wait=false",
            "no persistentvolumeclaim prometheus-perch-db-0",
        ],
        [
            "kubectl -n monitoring get pods -l app.kubernetes.io/name=thanos-compact",
            'no pod has {"app.kubernetes.io/name":"thanos-compact"}',
        ],
        [
            "kubectl -n monitoring get pods,pvc -l app.kubernetes.io/name=grafana",
            'no persistentvolumeclaim has {"app.kubernetes.io/name":"grafana"}',
        ],
        [
            "kubectl get pods -A -l app.kubernetes.io/component=compactor",
            'no pod has {"app.kubernetes.io/component":"compactor"}',
        ],
        ["kubectl -n kube-system get pods -l component=dns", 'no pod of kube-system has {"component":"dns"}'],
        ["kubectl -n monitorin get pods", "no namespace monitorin"],
        ["kubectl -n monitoring logs deploy/thanos-store", "no deployment thanos-store"],
        ["kubectl -n monitoring logs sts/thanos-query --tail=5", "no statefulset thanos-query"],
        ["kubectl -n monitoring logs thanos-store-7", "no pod thanos-store-7"],
        [
            "kubectl -n monitoring exec prometheus-perch-0 -c thanos -- ls /x",
            "no container thanos in prometheus-perch-0",
        ],
        ["kubectl -n monitoring port-forward svc/alertmanager 80:9092", "no port 9092 at alertmanager"],
        ["kubectl -n monitoring port-forward deploy/thanos-query 80", "no port 80 at thanos-query"],
        ["kubectl -n monitoring get secret alertmanager -o yaml", "no secret alertmanager"],
    ];
    for (const [text, what] of mistakes) {
        it(`would be told of: ${what}`, () => {
            expect(wrongWith(commandOf(text))).to.deep.equal([what]);
        });
    }
});
