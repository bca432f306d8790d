import { expect } from "chai";
import type { Monitoring } from "../components/monitoring";
import { bucketUses } from "../config/buckets";
import { answered, settingsOf } from "./support/config";
import { CANARY, type Deployed, kubeObjects, leaks, plain, type Seen } from "./support/mocks";
import {
    ofKind,
    operated as operatedKinds,
    type Pod,
    podsOf,
    type PolicySpec,
    scrapedPorts,
    selects,
} from "./support/stack";
import { deployStack, given, required, stacks } from "./support/stacks";

/** A pod that the house standard lets through to the host: in the namespace that enforces `privileged`. */
const onHost = (pod: Pod) => pod.spec.hostNetwork === true;

/** ServiceMonitors of the stack itself: those of applications and of the API servers find what somebody else deploys. */
const ownMonitors = (resources: Seen[]) =>
    ofKind(resources, "ServiceMonitor").filter(({ metadata: { name } }) => !/^(target-|apiserver$)/.test(name));

/** Not those of the operator's pods: sidecars that it adds itself bring their own settings. */
const ownContainers = (pod: Pod) => (pod.operatorMade ? [] : pod.spec.containers);
const ownInitContainers = (pod: Pod) => (pod.operatorMade ? [] : (pod.spec.initContainers ?? []));

for (const [name, settings] of Object.entries(stacks)) {
    describe(`Stack ${name}`, () => {
        let resources: Seen[];
        let pods: Pod[];
        let deployed: Deployed<Monitoring>;

        before(async () => {
            deployed = await deployStack(settings());
            ({ resources } = deployed);
            pods = podsOf(resources);
        });

        it("K-08, K-12: has pods, and each object below a component, all below the stack's one", () => {
            expect(pods).to.not.have.length(0);
            const seen = [...deployed.options.entries()];
            const roots = seen.filter(([, { parent }]) => parent === undefined).map(([key]) => key);
            expect(roots).to.deep.equal([`perch:index:Monitoring ${settings().stack}`]);
            const components = seen.filter(([key]) => key.startsWith("perch:")).map(([key]) => key.split(" ")[1]);
            const strays = seen.filter(([, { parent }]) => parent !== undefined && !components.includes(parent));
            expect(strays.map(([key]) => key)).to.deep.equal([]);
        });

        it("K-05: is made of typed resources alone, without a Helm chart or YAML of others", () => {
            const packages = new Set(resources.map(({ type }) => type.split(":")[0]));
            expect(
                [...packages].filter((name) => !["kubernetes", "aws", "random", "tls", "perch"].includes(name!)),
            ).to.deep.equal([]);
            expect(resources.filter(({ type }) => /:(helm\.sh|yaml|kustomize)/.test(type))).to.deep.equal([]);
        });

        it("K-110: asks for no sidecar of a service mesh", () => {
            const asking = kubeObjects(resources).filter((o) => /istio|linkerd|inject/.test(JSON.stringify(o)));
            expect(asking.map((o) => `${o.kind} ${o.metadata.name}`)).to.deep.equal([]);
        });

        it("K-13: puts the common labels on every object", () => {
            const unlabelled = kubeObjects(resources).filter(({ metadata: { labels = {} } }) => {
                const common = ["part-of", "managed-by", "instance"].map((key) => labels[`app.kubernetes.io/${key}`]);
                return common.join() !== `perch,pulumi,perch-${settings().stack.toLowerCase()}`;
            });
            expect(unlabelled.map((o) => `${o.kind} ${o.metadata.name}`)).to.deep.equal([]);
        });

        it("K-32, K-83, K-111, P-54: can be entered from outside by Grafana alone, and where a setting says so by Prometheus", () => {
            const { serviceName, exposure } = settings().grafana;
            const prometheus = settings().metrics.exposure.kind === "none" ? [] : ["prometheus-external"];
            expect(prometheus.length).to.equal(name === "profile urlshortener" ? 1 : 0);
            const open = ofKind(resources, "Service").filter(
                (o) => !["ClusterIP", undefined].includes((o.spec as { type?: string }).type),
            );
            const byPort =
                ["nodePort", "loadBalancer"].includes(exposure.kind) ||
                (exposure.kind === "ingress" && exposure.loadBalancer);
            expect(open.map((o) => o.metadata.name)).to.have.members([...(byPort ? [serviceName] : []), ...prometheus]);
            const behind = ofKind(resources, "Ingress").map((o) =>
                [...JSON.stringify(o.spec).matchAll(/"service":\{"name":"([^"]+)"/g)].map(([, name]) => name),
            );
            expect(behind).to.deep.equal(exposure.kind === "ingress" ? [[serviceName]] : []);
        });

        it("V-13: shows no secret outside of a secret wrapper", () => {
            expect(resources.flatMap((r) => leaks(r.inputs, CANARY, `${r.type} ${r.name}`))).to.deep.equal([]);
        });

        it("never prints an Output into a text", () => {
            expect(resources.flatMap((r) => leaks(plain(r.inputs), "Calling [toString]", r.name))).to.deep.equal([]);
        });

        it("runs every pod unprivileged: not as root, with seccomp", () => {
            const lax = pods.filter(
                ({ spec }) =>
                    spec.securityContext?.runAsNonRoot !== true ||
                    spec.securityContext.seccompProfile?.type !== "RuntimeDefault",
            );
            expect(lax.map((pod) => pod.owner)).to.deep.equal([]);
        });

        it("gives every container a read-only root, no capability, requests and a pinned image, those that come first, too", () => {
            const lax = pods.flatMap((pod) =>
                [...ownInitContainers(pod), ...ownContainers(pod)].filter(
                    (c) =>
                        c.securityContext?.readOnlyRootFilesystem !== true ||
                        c.securityContext.allowPrivilegeEscalation !== false ||
                        c.securityContext.privileged === true ||
                        c.securityContext.capabilities?.drop?.includes("ALL") !== true ||
                        c.resources?.requests?.cpu === undefined ||
                        c.resources.requests.memory === undefined ||
                        !/[:@]/.test(c.image) ||
                        c.image.endsWith(":latest"),
                ),
            );
            expect(lax.map((c) => c.name)).to.deep.equal([]);
        });

        it("gives every container probes", () => {
            const lax = pods
                .flatMap(ownContainers)
                .filter((c) => c.readinessProbe === undefined || c.livenessProbe === undefined);
            expect(lax.map((c) => c.name)).to.deep.equal([]);
        });

        it("gives a pod a token exactly where its account may do something", () => {
            const key = (namespace = "", name = "") => `${namespace}/${name}`;
            const accounts = new Map(
                ofKind(resources, "ServiceAccount").map((o) => [key(o.metadata.namespace, o.metadata.name), o]),
            );
            const bound = [...ofKind(resources, "RoleBinding"), ...ofKind(resources, "ClusterRoleBinding")].flatMap(
                ({ subjects }) => subjects as { namespace: string; name: string }[],
            );
            const able = new Set(bound.map(({ namespace, name }) => key(namespace, name)));
            for (const { owner, namespace, spec } of pods) {
                const own = key(namespace, spec.serviceAccountName);
                expect(accounts.has(own), owner).to.equal(true);
                const mounted = spec.automountServiceAccountToken ?? accounts.get(own)?.automountServiceAccountToken;
                expect(mounted ?? true, owner).to.equal(able.has(own));
            }
        });

        it("has Pulumi wait for all but the Services of what the operator makes later, and for that by its status", () => {
            const { alerting, metrics } = settings();
            const annotated = kubeObjects(resources).flatMap(({ kind, metadata: { name, annotations = {} } }) =>
                Object.keys(annotations)
                    .filter((key) => key.startsWith("pulumi.com/"))
                    .map((key) => `${kind} ${name} ${key}`),
            );
            const skipped = [
                "prometheus",
                ...(metrics.exposure.kind === "none" ? [] : ["prometheus-external"]),
                ...(alerting.kind === "none" ? [] : ["alertmanager"]),
            ];
            expect(annotated).to.have.members([
                ...skipped.map((service) => `Service ${service} pulumi.com/skipAwait`),
                ...pods.filter((pod) => pod.operatorMade).map(({ owner }) => `${owner} pulumi.com/waitFor`),
            ]);
        });

        it("V-11: lets only what looks at the nodes touch the host, and not in the restricted namespace", () => {
            const restricted = ofKind(resources, "Namespace")
                .filter((o) => o.metadata.labels?.["pod-security.kubernetes.io/enforce"] === "restricted")
                .map((o) => o.metadata.name);
            const touching = pods.filter(
                (pod) =>
                    onHost(pod) || pod.spec.hostPID === true || pod.spec.volumes?.some((v) => v.hostPath !== undefined),
            );
            expect(touching.filter((pod) => restricted.includes(pod.namespace)).map((p) => p.owner)).to.deep.equal([]);
            const names = touching.map((pod) => pod.labels["app.kubernetes.io/name"]);
            expect(names.filter((name) => !["node-exporter", "telegraf"].includes(name ?? ""))).to.deep.equal([]);
        });

        it("gives every pod the recommended labels and the stack's priority", () => {
            const classes = ofKind(resources, "PriorityClass").map((o) => o.metadata.name);
            for (const pod of pods) {
                expect(pod.labels, pod.owner).to.include.keys(
                    "app.kubernetes.io/name",
                    "app.kubernetes.io/instance",
                    "app.kubernetes.io/component",
                    "app.kubernetes.io/part-of",
                );
                expect(pod.spec.priorityClassName, pod.owner).to.equal(classes[0]);
            }
        });

        it("spreads replicas over zones and nodes, and lets a drain take one at a time", () => {
            for (const pod of pods.filter(({ replicas }) => (replicas ?? 0) > 1)) {
                expect(
                    pod.spec.topologySpreadConstraints?.map((c) => c.topologyKey),
                    pod.owner,
                ).to.deep.equal(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);
                const budgets = ofKind(resources, "PodDisruptionBudget").filter((o) => {
                    const spec = o.spec as { selector: { matchLabels: Record<string, string> } };
                    return o.metadata.namespace === pod.namespace && selects(spec.selector.matchLabels, pod.labels);
                });
                expect(budgets, pod.owner).to.have.length(1);
            }
        });

        it("has no Service whose selector or port no pod has", () => {
            for (const service of ofKind(resources, "Service")) {
                const spec = service.spec as {
                    selector: Record<string, string>;
                    ports: { targetPort: string | number }[];
                };
                const behind = pods.filter(
                    (pod) => pod.namespace === service.metadata.namespace && selects(spec.selector, pod.labels),
                );
                expect(behind, service.metadata.name).to.not.have.length(0);
                for (const { targetPort } of spec.ports) {
                    expect([...behind[0]!.portNames, ...behind[0]!.ports], service.metadata.name).to.include(
                        targetPort,
                    );
                }
            }
        });

        it("has no ServiceMonitor of its own Services that misses its Service or port", () => {
            const services = ofKind(resources, "Service");
            // The operator itself makes and fills the Service in front of the kubelets.
            const own = ownMonitors(resources).filter((o) => o.metadata.name !== "kubelet");
            for (const monitor of own) {
                const spec = monitor.spec as {
                    selector: { matchLabels: Record<string, string> };
                    endpoints: { port: string }[];
                };
                const taken = services.filter(
                    (s) =>
                        s.metadata.namespace === monitor.metadata.namespace &&
                        selects(spec.selector.matchLabels, s.metadata.labels ?? {}),
                );
                expect(
                    taken.map((s) => s.metadata.name),
                    monitor.metadata.name,
                ).to.have.length(1);
                const ports = (taken[0]!.spec as { ports: { name: string }[] }).ports.map((port) => port.name);
                expect(ports).to.include.members(spec.endpoints.map((endpoint) => endpoint.port));
            }
        });

        it("K-159: scrapes everything that it deploys, and the kubelets", () => {
            const scraped = ownMonitors(resources).map((o) => o.metadata.name);
            const names = pods.map((pod) =>
                pod.operatorMade ? pod.labels["app.kubernetes.io/component"]! : pod.owner.split(" ")[1]!,
            );
            const sidecar = settings().longTerm.kind === "none" ? [] : ["thanos-sidecar"];
            expect(scraped).to.have.members([...names, ...sidecar, "kubelet"]);
        });

        it("lets Prometheus through to every port that it scrapes", () => {
            const prometheus = pods.find(({ owner }) => owner === "Prometheus perch")!;
            const policies = ofKind(resources, "NetworkPolicy");
            const shut = scrapedPorts(resources, pods).filter(({ pod, port }) => {
                const rules = policies
                    .filter((o) => o.metadata.namespace === pod.namespace)
                    .map((o) => o.spec as PolicySpec)
                    .filter(({ podSelector }) => selects(podSelector.matchLabels, pod.labels))
                    .flatMap(({ ingress }) => ingress ?? []);
                return !rules.some(
                    (rule) =>
                        rule.ports.some((open) => open.port === port) &&
                        rule.from.some(
                            ({ podSelector }) =>
                                podSelector !== undefined && selects(podSelector.matchLabels, prometheus.labels),
                        ),
                );
            });
            // No policy applies to a pod in the host's network; without policies everything is open.
            const closed = shut.filter(({ pod }) => policies.length > 0 && !onHost(pod));
            expect(closed.map(({ pod, port }) => `${pod.owner}:${port}`)).to.deep.equal([]);
        });

        it("V-12: denies all in each of its namespaces, where it has NetworkPolicies", () => {
            const namespaces = ofKind(resources, "Namespace").map((o) => o.metadata.name);
            const denied = ofKind(resources, "NetworkPolicy").filter((o) => o.metadata.name === "default-deny");
            expect(denied.map((o) => o.metadata.namespace)).to.have.members(
                settings().networkPolicies.enabled ? namespaces : [],
            );
            for (const { spec } of denied) {
                expect(spec).to.deep.equal({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
            }
        });

        it("has no NetworkPolicy whose pods or port don't exist, but for those of cert-manager's", () => {
            const policies = ofKind(resources, "NetworkPolicy");
            for (const policy of policies.filter(({ metadata }) => metadata.name !== "acme-http01-solver")) {
                const spec = policy.spec as {
                    podSelector: { matchLabels?: Record<string, string> };
                    ingress?: { ports: { port: number }[] }[];
                };
                const own = pods.filter(
                    (pod) =>
                        pod.namespace === policy.metadata.namespace &&
                        selects(spec.podSelector.matchLabels, pod.labels),
                );
                expect(own, policy.metadata.name).to.not.have.length(0);
                for (const port of (spec.ingress ?? []).flatMap((rule) => rule.ports)) {
                    expect(
                        own.flatMap((pod) => pod.ports),
                        policy.metadata.name,
                    ).to.include(port.port);
                }
            }
        });

        it("V-12: opens nothing to everybody: each rule has a peer, and a port but for Prometheus's targets", () => {
            const open = ofKind(resources, "NetworkPolicy").flatMap((policy) => {
                const spec = policy.spec as {
                    ingress?: { from?: object[]; ports?: object[] }[];
                    egress?: { to?: object[]; ports?: object[] }[];
                };
                const rules = [
                    ...(spec.ingress ?? []).map((rule) => ({ peers: rule.from, ports: rule.ports })),
                    ...(spec.egress ?? []).map((rule) => ({ peers: rule.to, ports: rule.ports })),
                ];
                return rules
                    .filter((rule) => !rule.peers?.length || !rule.ports?.length)
                    .map((rule) => `${policy.metadata.name}: ${JSON.stringify(rule)}`);
            });
            expect(open.filter((rule) => rule !== 'prometheus: {"peers":[{"namespaceSelector":{}}]}')).to.deep.equal(
                [],
            );
        });

        it("grants no wildcard, and no Secrets outside the stack's namespace", () => {
            for (const role of ofKind(resources, "ClusterRole")) {
                const rules = role.rules as { apiGroups?: string[]; resources?: string[]; verbs: string[] }[];
                for (const rule of rules) {
                    expect([...rule.verbs, ...(rule.resources ?? []), ...(rule.apiGroups ?? [])]).to.not.include("*");
                    expect(rule.resources ?? [], role.metadata.name).to.not.include("secrets");
                }
            }
        });

        it("K-95: keeps every bucket private, encrypted, TLS-only and with a lifecycle", () => {
            const storage = settings().objectStorage;
            const lacking: readonly string[] = storage.kind === "compatible" ? storage.unsupported : [];
            const buckets = resources.filter((r) => r.type === "aws:s3/bucket:Bucket");
            const beside: Record<string, string> = {
                encryption: "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
                policy: "bucketPolicy:BucketPolicy",
                publicAccessBlock: "bucketPublicAccessBlock:BucketPublicAccessBlock",
                versioning: "bucketVersioning:BucketVersioning",
            };
            for (const [feature, type] of Object.entries(beside)) {
                const expected = lacking.includes(feature) ? 0 : buckets.length;
                expect(resources.filter((r) => r.type === `aws:s3/${type}`).length, feature).to.equal(expected);
            }
            const separate = resources.filter((r) => r.type.startsWith("aws:s3/bucketLifecycleConfiguration:"));
            const inline = buckets.filter(
                (r) => Array.isArray(r.inputs.lifecycleRules) && r.inputs.lifecycleRules.length > 0,
            );
            expect(separate.length + inline.length).to.equal(buckets.length);
        });

        it("D-12: protects buckets, claims and the operator's resources exactly where the settings say so", () => {
            const { platform, grafana, objectStorage, longTerm, logs } = settings();
            const data = (type: string) => [...deployed.options.values()].filter((seen) => seen.type.endsWith(type));
            const buckets = data("aws:s3/bucket:Bucket");
            expect(buckets).to.have.length(
                objectStorage.buckets === "existing" ? 0 : bucketUses({ longTerm, logs }).length,
            );
            const claims = data(":PersistentVolumeClaim");
            expect(claims).to.have.length(grafana.state.kind === "volume" ? 1 : 0);
            const operated = Object.keys(operatedKinds).flatMap((kind) => data(`:monitoring.coreos.com/v1:${kind}`));
            expect(operated).to.not.have.length(0);
            for (const { type, protect } of [...buckets, ...claims, ...operated]) {
                expect(protect, type).to.equal(platform.protectData);
            }
        });

        it("D-12: keeps the volumes of a StatefulSet, Prometheus or Alertmanager that goes where the settings say so", () => {
            const whenDeleted = settings().platform.protectData ? "Retain" : "Delete";
            const sets = ["StatefulSet", "Prometheus", "Alertmanager"].flatMap((kind) => ofKind(resources, kind));
            expect(sets).to.not.have.length(0);
            for (const { spec, kind, metadata } of sets) {
                const { persistentVolumeClaimRetentionPolicy: policy } = spec as {
                    persistentVolumeClaimRetentionPolicy?: object;
                };
                expect(policy, `${kind} ${metadata.name}`).to.deep.equal({ whenDeleted, whenScaled: "Retain" });
            }
        });
    });
}

describe("Two stacks in one cluster", () => {
    it("share no object", async () => {
        const objects = async (stack: string, namespace: string) => {
            const { resources } = await deployStack(
                settingsOf(answered({ ...required, ...given, platform: { namespace } }), [], stack),
            );
            return kubeObjects(resources).map((o) => `${o.kind} ${o.metadata.namespace ?? ""}/${o.metadata.name}`);
        };
        const [one, two] = [await objects("one", "monitoring-one"), await objects("two", "monitoring-two")];
        expect(one.filter((object) => two.includes(object))).to.deep.equal([]);
    });
});
