import { expect } from "chai";
import { receiversOf, routeTree } from "../../components/alerting/route-tree";
import { profileNames } from "../../config/profiles";
import { profileReceiverSecrets } from "../../config/profiles/secrets";
import { retentionSize } from "../../config/retention";
import { parseBytes, parseDuration, parseMillicores } from "../../config/units";
import { problemsOf, profileSettings } from "./settings";

/** The one alternative of a union that a test is about. */
function ofKind<T extends { kind: string }, K extends T["kind"]>(part: T, kind: K): Extract<T, { kind: K }> {
    expect(part.kind).to.equal(kind);
    return part as Extract<T, { kind: K }>;
}

const requests = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: {} });

describe("profile kup6s", () => {
    const settings = profileSettings("kup6s", { cluster: {} });
    const { metrics, platform, grafana } = settings;
    const longTerm = ofKind(settings.longTerm, "thanos");
    const logs = ofKind(settings.logs, "simpleScalable");
    const alerting = ofKind(settings.alerting, "alertmanager");
    const agent = ofKind(settings.collection.logs, "alloy");
    const compactor = longTerm.compactor === "none" ? undefined : longTerm.compactor;

    it("K-01: has metrics, long-term metrics, logs, alerting and a user interface", () => {
        expect([longTerm.kind, logs.kind, agent.kind, alerting.kind]).to.not.include("none");
    });
    it("K-02: names the cluster", () => {
        expect(settings.cluster.name).to.equal("kup6s");
    });
    it("K-03: lives in namespace monitoring (own)", () => {
        expect(platform.namespace).to.equal("monitoring");
    });
    it("K-04, K-147: gives Prometheus the job label that the document's query uses (equivalent)", () => {
        expect(metrics.jobName).to.equal("kube-prometheus-stack-prometheus");
    });
    it("K-16: has a PriorityClass", () => {
        expect(platform.priorityClass).to.deep.equal({ value: 1_000_000 });
    });
    it("K-22, K-24, K-108: exposes Grafana through Traefik with a certificate of Let's Encrypt", () => {
        expect(grafana.exposure).to.deep.include({
            kind: "ingress",
            className: "traefik",
            tls: { kind: "certManager", clusterIssuer: "letsencrypt" },
        });
    });
    it("K-23: puts volumes on Longhorn", () => {
        expect(platform.storageClass).to.equal("longhorn");
    });
    it("K-25, K-128: runs two Prometheus servers", () => {
        expect(metrics.replicas).to.equal(2);
    });
    it("K-27: scrapes every 30 s", () => {
        expect(metrics.scrapeInterval).to.equal("30s");
    });
    it("K-28: evaluates rules every 30 s", () => {
        expect(metrics.evaluationInterval).to.equal("30s");
    });
    it("K-26, K-29: keeps three days locally", () => {
        expect(metrics.retention).to.equal("3d");
    });
    it("K-30, K-96: gives each Prometheus 3Gi on Longhorn, with the samples capped below it (I-12)", () => {
        expect(metrics.volume).to.deep.equal({ size: "3Gi", storageClass: "longhorn" });
        expect(retentionSize(metrics)).to.equal("2611MiB");
    });
    it("K-37, K-129: runs two Thanos Query servers", () => {
        expect(longTerm.query.replicas).to.equal(2);
    });
    it("K-42, K-130: runs two Thanos Store servers", () => {
        expect(longTerm.store.replicas).to.equal(2);
    });
    it("K-43, K-97: gives each Thanos Store 10Gi", () => {
        expect(longTerm.store.volume).to.deep.equal({ size: "10Gi", storageClass: "longhorn" });
    });
    it("K-44, K-135: has a compactor, which the schema gives no replicas", () => {
        expect(compactor).to.be.an("object").and.not.have.property("replicas");
    });
    it("K-45, K-98: gives the compactor 20Gi", () => {
        expect(compactor?.volume).to.deep.equal({ size: "20Gi", storageClass: "longhorn" });
    });
    it("K-46, K-47: keeps each resolution, none longer than the bucket's 730 days (own)", () => {
        const kept = Object.values(compactor?.retention ?? {});
        expect(kept).to.have.length(3);
        expect(kept.every((retention) => parseDuration(retention) <= parseDuration("730d"))).to.be.true;
    });
    it("K-52: runs Loki in the simple scalable mode", () => {
        expect(logs.kind).to.equal("simpleScalable");
    });
    it("K-57, K-58, K-59, K-131, K-132, K-133: runs two of each role of Loki", () => {
        expect([logs.write.replicas, logs.read.replicas, logs.backend.replicas]).to.deep.equal([2, 2, 2]);
    });
    it("K-66: keeps logs for 744 hours", () => {
        expect(logs.retention).to.equal("744h");
    });
    it("K-67, K-68: reads logs with Alloy through the Kubernetes API", () => {
        expect(agent.access).to.equal("api");
    });
    it("K-76, K-134: runs two Alertmanagers", () => {
        expect(alerting.replicas).to.equal(2);
    });
    it("K-77: notifies by email over SMTP with a login", () => {
        expect(Object.values(alerting.receivers).map(({ kind }) => kind)).to.deep.equal(["email", "email"]);
        expect(alerting.smtp?.username).to.be.a("string");
    });
    it("K-78, K-101: gives each Alertmanager 10Gi on Hetzner Volumes", () => {
        expect(alerting.volume).to.deep.equal({ size: "10Gi", storageClass: "hcloud-volumes" });
    });
    it("K-79: routes by severity and by namespace", () => {
        expect(alerting.routes.some(({ severity }) => severity !== undefined)).to.be.true;
        expect(alerting.routes.some(({ namespace }) => namespace !== undefined)).to.be.true;
    });
    it("K-85, K-136: runs one Grafana", () => {
        expect(grafana.replicas).to.equal(1);
    });
    it("K-40, K-86: takes Thanos as the default datasource", () => {
        expect(grafana.defaultDatasource).to.equal("thanos");
    });
    it("K-89, K-99: gives Grafana 5Gi on Longhorn", () => {
        expect(grafana.state).to.deep.equal({ kind: "volume", volume: { size: "5Gi", storageClass: "longhorn" } });
    });
    it("K-92, K-95: keeps metrics for 730 days in metrics-thanos-kup6s", () => {
        expect(longTerm.bucket).to.deep.equal({ name: "metrics-thanos-kup6s", expireDays: 730 });
    });
    it("K-93, K-95: keeps logs for 90 days in logs-loki-kup6s", () => {
        expect(logs.bucket).to.deep.equal({ name: "logs-loki-kup6s", expireDays: 90 });
    });
    it("K-94: stores in fsn1", () => {
        expect(ofKind(settings.objectStorage, "compatible")).to.deep.include({
            endpoint: "https://fsn1.your-objectstorage.com",
            region: "fsn1",
        });
    });
    it("K-65, K-100: gives Loki 20Gi altogether (split is own)", () => {
        const claimed = [logs.write, logs.backend].map(({ replicas, volume }) => replicas * parseBytes(volume.size));
        expect(claimed.reduce((a, b) => a + b)).to.equal(20 * 2 ** 30);
    });
    it("K-102: claims 71Gi on Longhorn and 91Gi altogether (I-10)", () => {
        const gibi = (replicas: number, { size }: { size: string }) => (replicas * parseBytes(size)) / 2 ** 30;
        const longhorn =
            gibi(metrics.replicas, metrics.volume) +
            gibi(longTerm.store.replicas, longTerm.store.volume) +
            gibi(1, compactor!.volume) +
            gibi(logs.write.replicas, logs.write.volume) +
            gibi(logs.backend.replicas, logs.backend.volume) +
            gibi(1, ofKind(grafana.state, "volume").volume);
        expect(longhorn).to.equal(71);
        expect(longhorn + gibi(alerting.replicas, alerting.volume)).to.equal(91);
    });
    it("K-115: has NetworkPolicies off, as a switch", () => {
        expect(settings.networkPolicies.enabled).to.be.false;
    });
    it("K-140: holds each line once (I-11)", () => {
        expect(logs.replicationFactor).to.equal(1);
    });
    it("K-155, K-156, K-157, K-158: monitors itself", () => {
        expect(settings.selfMonitoring).to.be.true;
    });

    /** Row, what asks, how many of it, what each asks for. */
    const allocation: [string, string, number, object][] = [
        ["K-116", "Prometheus", metrics.replicas, metrics.resources],
        ["K-117", "Thanos Query", longTerm.query.replicas, longTerm.query.resources],
        ["K-118", "Thanos Store", longTerm.store.replicas, longTerm.store.resources],
        ["K-119", "the compactor", 1, compactor!.resources],
        ["K-120", "Loki write", logs.write.replicas, logs.write.resources],
        ["K-121", "Loki read", logs.read.replicas, logs.read.resources],
        ["K-122", "Loki backend", logs.backend.replicas, logs.backend.resources],
        ["K-123", "Grafana", grafana.replicas, grafana.resources],
        ["K-124", "Alloy on four nodes", 4, agent.resources],
        ["K-125", "Alertmanager", alerting.replicas, alerting.resources],
    ];
    const asked: Record<string, [cpu: string, memory: string]> = {
        "K-116": ["100m", "1500Mi"],
        "K-117": ["200m", "512Mi"],
        "K-118": ["200m", "1Gi"],
        "K-119": ["500m", "2Gi"],
        "K-120": ["100m", "256Mi"],
        "K-121": ["100m", "256Mi"],
        "K-122": ["100m", "256Mi"],
        "K-123": ["50m", "512Mi"],
        "K-124": ["50m", "128Mi"],
        "K-125": ["25m", "100Mi"],
    };
    for (const [row, who, , resources] of allocation) {
        it(`${row}, K-127: requests for ${who} what the table says, without limits`, () => {
            expect(resources).to.deep.equal(requests(...asked[row]!));
        });
    }
    it("K-126: requests 2400m and 10880Mi for the listed components", () => {
        const sum = (parse: (text: string) => number, index: 0 | 1) =>
            allocation.reduce((total, [row, , count]) => total + count * parse(asked[row]![index]), 0);
        expect(sum(parseMillicores, 0)).to.equal(2400);
        expect(sum(parseBytes, 1) / 2 ** 20).to.equal(10880);
    });
    it("K-127: sets no limit anywhere", () => {
        const limits: object[] = [];
        JSON.stringify(settings, (key, value: unknown) => {
            if (key === "limits") {
                limits.push(value as object);
            }
            const off = typeof value === "object" && value !== null && "enabled" in value && value.enabled === false;
            return key === "secretValues" || off ? undefined : value;
        });
        expect(limits).to.have.length.above(10);
        expect(limits.every((limit) => Object.keys(limit).length === 0)).to.be.true;
    });
    it("K-88: says that the 25 dashboards aren't there yet", () => {
        expect(settings.absent.join()).to.contain("25 dashboards");
    });
});

describe("profile perch", () => {
    const settings = profileSettings("perch");
    const longTerm = ofKind(settings.longTerm, "thanos");

    it("P-01: lives in perch-system", () => {
        expect(settings.platform.namespace).to.equal("perch-system");
    });
    it("P-03, P-07: calls Grafana's Service perch-grafana", () => {
        expect(settings.grafana.serviceName).to.equal("perch-grafana");
    });
    it("P-11, P-12, P-13, P-75: runs two Prometheus, every 15 s, for 30 days", () => {
        expect(settings.metrics).to.deep.include({ replicas: 2, scrapeInterval: "15s", retention: "30d" });
    });
    it("P-19, P-22, P-75: runs two Thanos Query servers and stores", () => {
        expect([longTerm.query.replicas, longTerm.store.replicas]).to.deep.equal([2, 2]);
    });
    it("P-23, P-50: keeps metrics without end: no expiry and no compactor", () => {
        expect(longTerm.bucket.expireDays).to.equal("unlimited");
        expect(longTerm.compactor).to.equal("none");
    });
    it("P-39, P-75: runs three Alertmanagers", () => {
        expect(settings.alerting).to.deep.include({ kind: "alertmanager", replicas: 3 });
    });
    it("P-54: exposes Grafana by an ingress", () => {
        expect(settings.grafana.exposure.kind).to.equal("ingress");
    });
    it("P-56: has NetworkPolicies", () => {
        expect(settings.networkPolicies.enabled).to.be.true;
    });
    it("P-78: doesn't monitor itself", () => {
        expect(settings.selfMonitoring).to.be.false;
    });
});

describe("profile severed", () => {
    const settings = profileSettings("severed", { grafana: {} });
    const logs = ofKind(settings.logs, "single");

    it("S-01: lives in monitoring", () => {
        expect(settings.platform.namespace).to.equal("monitoring");
    });
    it("S-02, S-56: has neither long-term metrics nor Alertmanager", () => {
        expect([settings.longTerm.kind, settings.alerting.kind]).to.deep.equal(["none", "none"]);
    });
    it("S-06, S-18, S-37, S-68: puts 5Gi for Prometheus and 5Gi for Loki on openebs-hostpath", () => {
        const volume = { size: "5Gi", storageClass: "openebs-hostpath" };
        expect([settings.metrics.volume, logs.volume]).to.deep.equal([volume, volume]);
        expect(settings.platform.storageClass).to.equal("openebs-hostpath");
    });
    it("S-09, S-10, S-11, S-81: runs one Prometheus, every 15 s", () => {
        expect(settings.metrics).to.deep.include({ replicas: 1, scrapeInterval: "15s", evaluationInterval: "15s" });
    });
    it("S-12: takes samples that are a minute late", () => {
        expect(settings.metrics.outOfOrderTimeWindow).to.equal("1m");
    });
    it("S-19: keeps 15 days (own) below the volume", () => {
        expect(settings.metrics.retention).to.equal("15d");
        expect(retentionSize(settings.metrics)).to.equal("4352MiB");
    });
    it("S-20: has kube-state-metrics (equivalent)", () => {
        expect(settings.metrics.kubeStateMetrics.enabled).to.be.true;
    });
    it("S-28, S-31: keeps logs for 168 hours on Loki's own disk", () => {
        expect(logs).to.deep.include({ retention: "168h", storage: { kind: "filesystem" } });
    });
    it("S-38, S-45, S-52: keeps the logs of the blog's pods alone, read through the API", () => {
        expect(ofKind(settings.collection.logs, "alloy")).to.deep.include({
            access: "api",
            pods: { namespaces: [], labels: { app: "severed-blog" } },
        });
    });
    it("S-57, S-59, S-67: runs one Grafana without state whose default is Loki", () => {
        expect(settings.grafana).to.deep.include({
            replicas: 1,
            defaultDatasource: "loki",
            state: { kind: "ephemeral" },
        });
    });
    it("S-72: calls Grafana's Service grafana-service, port 3000", () => {
        expect(settings.grafana).to.deep.include({ serviceName: "grafana-service", servicePort: 3000 });
    });
    it("S-66: shows dashboards without a login, and no other profile does", () => {
        expect(settings.grafana.anonymous.kind).to.equal("viewer");
        const others = profileNames.filter((name) => name !== "severed");
        expect(others.map((name) => profileSettings(name).grafana.anonymous.kind)).to.deep.equal(
            others.map(() => "none"),
        );
    });
    it("S-07, S-73: exposes Grafana by plain HTTP at grafana.localhost through Traefik's entry point web", () => {
        expect(settings.grafana.host).to.equal("grafana.localhost");
        expect(settings.grafana.exposure).to.deep.equal({
            kind: "ingress",
            className: "traefik",
            tls: { kind: "none" },
            annotations: { "traefik.ingress.kubernetes.io/router.entrypoints": "web" },
            loadBalancer: true,
        });
    });
});

describe("profile urlshortener", () => {
    const settings = profileSettings("urlshortener");

    it("U-01: lives in monitoring", () => {
        expect(settings.platform.namespace).to.equal("monitoring");
    });
    it("U-02: uses nothing that K3s doesn't bring", () => {
        expect(settings.platform.storageClass).to.equal("local-path");
    });
    it("U-08, U-09: scrapes every 15 s and keeps seven days", () => {
        expect(settings.metrics).to.deep.include({ scrapeInterval: "15s", retention: "7d" });
    });
    it("U-36, U-37: waits 10 s and repeats after an hour", () => {
        expect(settings.alerting).to.deep.include({ groupWait: "10s", repeatInterval: "1h" });
    });
    it("U-34, U-35, U-33: tells Discord, of what is critical by a receiver of its own, grouped", () => {
        const alerting = ofKind(settings.alerting, "alertmanager");
        const kinds = Object.entries(alerting.receivers).map(([name, { kind }]) => [name, kind]);
        expect(kinds).to.deep.equal([
            ["discord", "discord"],
            ["discord-critical", "discord"],
        ]);
        const told = (severity: string) => receiversOf(routeTree(alerting), { alertname: "ServiceDown", severity });
        expect(told("critical")).to.deep.equal(["discord-critical"]);
        expect(told("warning")).to.deep.equal(["discord"]);
        expect(alerting.groupBy).to.have.length.above(0);
    });
    it("U-42: says which keys of the stack file hold the URLs of its receivers", () => {
        const run = (key: string) => `run: pulumi config set --secret perch:${key} --stack prod`;
        const problems = problemsOf({ profile: "urlshortener" });
        expect(problems).to.deep.equal(
            ["discord", "discord-critical"].map(
                (name) =>
                    `perch:receiver.${name}.webhookUrl: missing; alerting.receivers.${name} reaches nobody without it; ` +
                    run(`receiver.${name}.webhookUrl`),
            ),
        );
        expect(profileReceiverSecrets("urlshortener")).to.deep.equal([
            "receiver.discord.webhookUrl",
            "receiver.discord-critical.webhookUrl",
        ]);
    });
    it("U-38, U-44: exposes Grafana on NodePort 30030", () => {
        expect(settings.grafana.exposure).to.deep.equal({ kind: "nodePort", port: 30030 });
    });
    it("U-18: keeps the logs of its namespace alone", () => {
        const { pods } = ofKind(settings.collection.logs, "alloy");
        expect(pods).to.deep.equal({ namespaces: ["url-shortener"], labels: {} });
    });
    it("U-07, U-44: exposes Prometheus on NodePort 30090", () => {
        expect(settings.metrics.exposure).to.deep.equal({ kind: "nodePort", port: 30090 });
    });
    it("U-41: stores nothing in a bucket", () => {
        expect(settings.longTerm.kind).to.equal("none");
        expect(settings.logs).to.deep.include({ kind: "single", storage: { kind: "filesystem" } });
    });
    it("U-54: doesn't monitor itself", () => {
        expect(settings.selfMonitoring).to.be.false;
    });
});

describe("profile acd", () => {
    const settings = profileSettings("acd");

    it("A-06, A-28, V-04: runs one Prometheus, and refuses another", () => {
        expect(settings.metrics.replicas).to.equal(1);
        expect(() => profileSettings("acd", { metrics: { replicas: 2 } })).to.throw(
            "perch:metrics.replicas: got 2; expected 1 with profile acd, whose document has a single Prometheus",
        );
    });
    it("A-08, A-13: has Telegraf look at the machines, and no node-exporter", () => {
        expect(settings.metrics.telegraf.enabled).to.be.true;
        expect(settings.metrics.nodeExporter.enabled).to.be.false;
    });
    it("A-10, A-11, A-12, A-20, A-28: keeps billing data in one VictoriaMetrics", () => {
        expect(settings.metrics.victoriaMetrics).to.deep.include({
            enabled: true,
            replicas: 1,
            series: "billing_.*",
            retention: "400d",
        });
    });
    it("A-14: has no logs", () => {
        expect([settings.logs.kind, settings.collection.logs.kind]).to.deep.equal(["none", "none"]);
    });
    it("A-26: takes other numbers of what isn't single", () => {
        const { alerting } = profileSettings("acd", { alerting: { replicas: 3 } });
        expect(alerting).to.deep.include({ replicas: 3 });
    });
    it("A-16: has an Alertmanager", () => {
        expect(settings.alerting.kind).to.equal("alertmanager");
    });
    it("A-21: stores nothing in a bucket", () => {
        expect(settings.longTerm.kind).to.equal("none");
    });
});
