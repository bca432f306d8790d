import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse } from "yaml";
import { Alertmanager } from "../../../components/alerting/alertmanager";
import { PrometheusOperator } from "../../../components/metrics/prometheus-operator";
import { workloadPolicies } from "../../../components/platform/network-policies";
import type { SecretRef } from "../../../components/secrets/secret-ref";
import type { AreaInput } from "../../../config/schema";
import { CANARY, deploy, kubeObject, kubeObjects, leaks } from "../../support/mocks";
import { common, settingsOf } from "../metrics/fixture";

/** What profile kup6s says of Alertmanager (rows K-76 to K-84, K-101, K-125). */
const kup6s = {
    kind: "alertmanager",
    replicas: 2,
    volume: { size: "10Gi", storageClass: "hcloud-volumes" },
    resources: { requests: { cpu: "25m", memory: "100Mi" } },
    smtp: { host: "mail.example.com", from: "perch@example.com", username: "perch" },
    receivers: { team: { kind: "email", to: ["team@example.com"] } },
    defaultReceiver: "team",
} as const satisfies AreaInput["alerting"];

const smtpPassword: SecretRef = {
    name: "smtp-password",
    content: pulumi.secret<Record<string, string>>({ password: CANARY }),
};

interface Spec {
    image: string;
    version: string;
    replicas: number;
    secrets: string[];
    resources: object;
    storage: { volumeClaimTemplate: { spec: { storageClassName?: string; resources: object } } };
    [field: string]: unknown;
}

async function deployAlertmanager(
    alerting: Extract<NonNullable<AreaInput["alerting"]>, { kind: "alertmanager" }> = kup6s,
    input: Partial<AreaInput> & {
        password?: SecretRef | undefined;
        receiverSecrets?: Record<string, SecretRef>;
        deadMansSwitchUrl?: SecretRef;
    } = {},
) {
    const { password = smtpPassword, receiverSecrets = {}, deadMansSwitchUrl, ...areas } = input;
    const settings = settingsOf({ cluster: { name: "kup6s" }, ...areas, alerting });
    const deployed = await deploy((opts) => {
        const { platform, images, jobs } = common(settings, opts);
        const operator = new PrometheusOperator(
            "operator",
            { platform, settings: settings.metrics, images, jobs },
            { ...opts, parent: platform },
        );
        if (settings.alerting.kind !== "alertmanager") {
            throw new Error("no Alertmanager");
        }
        const alertmanager = new Alertmanager(
            "am",
            {
                platform,
                settings: settings.alerting,
                image: images.alertmanager,
                operator,
                jobs,
                receiverSecrets,
                ...(deadMansSwitchUrl === undefined ? {} : { deadMansSwitchUrl }),
                ...(settings.alerting.smtp?.username === undefined ? {} : { smtpPassword: password }),
            },
            { ...opts, parent: platform },
        );
        return { platform, alertmanager };
    });
    return { ...deployed, resources: deployed.resources.filter((r) => r.name.startsWith("am")) };
}

type Deployed = Awaited<ReturnType<typeof deployAlertmanager>>;

const specOf = ({ resources }: Deployed) => kubeObject(resources, "Alertmanager", "perch").spec as Spec;

describe("Alertmanager", () => {
    let deployed: Deployed;
    before(async () => {
        deployed = await deployAlertmanager();
    });

    it("makes exactly what two replicas need", () => {
        expect(kubeObjects(deployed.resources).map((o) => `${o.kind} ${o.metadata.name}`)).to.have.members([
            "ServiceAccount alertmanager",
            "Secret alertmanager-config",
            "Alertmanager perch",
            "Service alertmanager",
            "PodDisruptionBudget alertmanager",
            "ServiceMonitor alertmanager",
        ]);
    });

    it("K-76, K-134: runs two replicas that gossip", () => {
        expect(specOf(deployed)).to.deep.include({ replicas: 2, clusterLabel: "kup6s/perch-test" });
    });

    it("keeps what it knows as long as asked, in units that its resource knows", async () => {
        expect(specOf(deployed).retention).to.equal("120h");
        const week = await deployAlertmanager({ ...kup6s, retention: "1w" });
        expect(specOf(week).retention).to.equal("168h");
    });

    it("K-78, K-101: gives each replica 10Gi of Hetzner Volumes", () => {
        const { spec } = specOf(deployed).storage.volumeClaimTemplate;
        expect(spec).to.deep.include({
            storageClassName: "hcloud-volumes",
            resources: { requests: { storage: "10Gi" } },
        });
    });

    it("K-125: requests 25m CPU and 100Mi memory per replica, and counts them", () => {
        expect(specOf(deployed).resources).to.deep.include({ requests: { cpu: "25m", memory: "100Mi" } });
        expect(
            deployed.made.platform.capacity.list().filter((d) => d.workload.startsWith("alertmanager")),
        ).to.deep.equal([
            { workload: "alertmanager", replicas: 2, requests: { cpu: "25m", memory: "100Mi" }, volume: "10Gi" },
            { workload: "alertmanager/config-reloader", replicas: 2, requests: { cpu: "10m", memory: "50Mi" } },
        ]);
    });

    it("K-83: is reached inside the cluster only", () => {
        const service = kubeObject(deployed.resources, "Service", "alertmanager");
        expect(service.spec).to.deep.include({ type: "ClusterIP" });
        expect(kubeObjects(deployed.resources).filter((o) => o.kind === "Ingress")).to.deep.equal([]);
        expect(deployed.made.platform.network.edges().filter((e) => e.kind === "ingress")).to.deep.equal([]);
    });

    it("K-84: gossips on 9094 among its own pods, over TCP and UDP", () => {
        const { alertmanager, platform } = deployed.made;
        const gossip = platform.network
            .edges()
            .filter(
                (e) => e.kind === "internal" && e.from.workload === "alertmanager" && e.to.pods === alertmanager.pods,
            );
        expect(gossip.map((e) => e.kind === "internal" && [e.to.podPort, e.to.protocol])).to.deep.equal([
            [9094, "TCP"],
            [9094, "UDP"],
        ]);
    });

    it("K-82: may reach the mail server's port and nothing else outside", () => {
        const outside = deployed.made.platform.network
            .edges()
            .filter((e) => e.kind === "egress" && e.from.workload === "alertmanager");
        expect(outside.map((e) => e.kind === "egress" && [e.to, e.ports])).to.deep.equal([["smtp", [587]]]);
    });

    it("K-77, K-105: keeps the mail password in a mounted Secret, out of the configuration", () => {
        const text = (
            kubeObject(deployed.resources, "Secret", "alertmanager-config").stringData as Record<string, string>
        )["alertmanager.yaml"];
        expect((parse(text!) as { global: object }).global).to.deep.include({
            smtp_auth_password_file: "/etc/alertmanager/secrets/smtp-password/password",
        });
        expect(specOf(deployed).secrets).to.deep.equal(["smtp-password"]);
        expect(text).not.to.include(CANARY);
        expect(deployed.resources.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
    });

    it("U-34, U-42: mounts the secrets of the receivers, names their files, and may reach the services", async () => {
        const chat = await deployAlertmanager(
            {
                kind: "alertmanager",
                receivers: {
                    discord: { kind: "discord" },
                    hook: { kind: "webhook", url: "http://bridge.tools.svc:8080/", login: { kind: "bearer" } },
                },
                defaultReceiver: "discord",
            },
            { receiverSecrets: { discord: { name: "receiver-discord" }, hook: { name: "given" } } },
        );
        expect(specOf(chat).secrets).to.deep.equal(["receiver-discord", "given"]);
        const files = kubeObject(chat.resources, "Secret", "alertmanager-config").stringData as Record<string, string>;
        expect(Object.keys(files)).to.deep.equal(["alertmanager.yaml", "perch.tmpl"]);
        expect(files["alertmanager.yaml"])
            .to.include("webhook_url_file: /etc/alertmanager/secrets/receiver-discord/webhook-url")
            .and.include("credentials_file: /etc/alertmanager/secrets/given/token")
            .and.include("- /etc/alertmanager/config/perch.tmpl");
        const outside = chat.made.platform.network
            .edges()
            .filter((e) => e.kind === "egress" && e.from.workload === "alertmanager");
        expect(outside.map((e) => e.kind === "egress" && [e.to, e.ports])).to.deep.equal([["receivers", [443, 8080]]]);
    });

    it("A-17: lets the pods of an application in that sends alerts itself, and says where to", async () => {
        const labels = { "app.kubernetes.io/name": "acd-manager" };
        const { made } = await deployAlertmanager({
            kind: "alertmanager",
            replicas: 2,
            sources: { manager: { namespace: "acd", podLabels: labels } },
        });
        const { platform, alertmanager } = made;
        const { networkPolicies } = settingsOf({});
        const own = workloadPolicies(platform.network, networkPolicies).find(({ pods }) => pods === alertmanager.pods);
        expect(own?.ingress).to.deep.include({
            from: [
                {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "acd" } },
                    podSelector: { matchLabels: labels },
                },
            ],
            ports: [{ protocol: "TCP", port: 9093 }],
        });
        const host = (replica: number) => `alertmanager-perch-${replica}.alertmanager-operated.monitoring.svc`;
        expect(alertmanager.alertUrls).to.deep.equal([
            `http://${host(0)}:9093/api/v2/alerts`,
            `http://${host(1)}:9093/api/v2/alerts`,
        ]);
    });

    it("calls a dead man's switch, where there is one, by a URL in a Secret", async () => {
        const url = { name: "dead-mans-switch" };
        const alone = { kind: "alertmanager", deadMansSwitch: { kind: "heartbeat", port: 8443 } } as const;
        const calling = await deployAlertmanager(alone, { deadMansSwitchUrl: url });
        expect(specOf(calling).secrets).to.deep.equal(["dead-mans-switch"]);
        const files = kubeObject(calling.resources, "Secret", "alertmanager-config").stringData as Record<
            string,
            string
        >;
        expect(files["alertmanager.yaml"]).to.include("url_file: /etc/alertmanager/secrets/dead-mans-switch/url");
        const outside = calling.made.platform.network.edges().filter((e) => e.kind === "egress");
        expect(outside.map((e) => [e.from.workload, e.to, e.ports])).to.deep.include([
            "alertmanager",
            "receivers",
            [8443],
        ]);
        const without = await deployAlertmanager(alone).then(
            () => "deployed",
            (error: unknown) => (error as Error).message,
        );
        expect(without).to.include("set secrets.deadMansSwitchUrl");
    });

    it("refuses a receiver without its secret", async () => {
        const failed = await deployAlertmanager({
            kind: "alertmanager",
            receivers: { pager: { kind: "pagerDuty" } },
            defaultReceiver: "pager",
        }).then(
            () => "deployed",
            (error: unknown) => (error as Error).message,
        );
        expect(failed).to.include("set secrets.receivers.pager");
    });

    it("K-159: is scraped, as is its config-reloader", () => {
        const monitor = kubeObject(deployed.resources, "ServiceMonitor", "alertmanager").spec as {
            endpoints: { port: string; relabelings: { replacement: string }[] }[];
        };
        expect(monitor.endpoints.map((e) => [e.port, e.relabelings[0]?.replacement])).to.deep.equal([
            ["web", "alertmanager"],
            ["reloader-web", "config-reloader"],
        ]);
    });

    it("is this stack's operator's, and waited for", () => {
        const { metadata } = kubeObject(deployed.resources, "Alertmanager", "perch");
        expect(metadata.annotations).to.deep.equal({
            "operator.prometheus.io/controller-id": "perch-test",
            "pulumi.com/waitFor": "jsonpath={.status.availableReplicas}=2",
        });
        const { dependsOn } = deployed.options.get("kubernetes:monitoring.coreos.com/v1:Alertmanager am")!;
        expect(dependsOn).to.deep.equal(["am", "operator"]);
    });

    it("sets the version beside the image, and meets Pod Security restricted", () => {
        const spec = specOf(deployed);
        expect(spec.image).to.include(spec.version);
        expect(spec).to.deep.include({ automountServiceAccountToken: false, enableServiceLinks: false });
        expect(spec.securityContext).to.deep.include({
            runAsNonRoot: true,
            seccompProfile: { type: "RuntimeDefault" },
        });
        expect(spec).not.to.have.any.keys("listenLocal", "hostNetwork", "alertmanagerConfigSelector");
    });

    it("selects in Service, budget and spread what the operator labels", () => {
        const labels = {
            "app.kubernetes.io/name": "alertmanager",
            "app.kubernetes.io/instance": "perch",
            alertmanager: "perch",
        };
        const budget = kubeObject(deployed.resources, "PodDisruptionBudget", "alertmanager").spec as {
            selector: object;
        };
        const service = kubeObject(deployed.resources, "Service", "alertmanager").spec as { selector: object };
        expect(service.selector).to.deep.equal(labels);
        expect(budget.selector).to.deep.equal({ matchLabels: labels });
        const { topologySpreadConstraints } = specOf(deployed) as unknown as {
            topologySpreadConstraints: { topologyKey: string; labelSelector: object }[];
        };
        expect(topologySpreadConstraints.map((c) => [c.topologyKey, c.labelSelector])).to.deep.equal([
            ["topology.kubernetes.io/zone", { matchLabels: labels }],
            ["kubernetes.io/hostname", { matchLabels: labels }],
        ]);
    });

    it("D-12: keeps volumes exactly where data is protected", async () => {
        const key = "kubernetes:monitoring.coreos.com/v1:Alertmanager am";
        expect(specOf(deployed).persistentVolumeClaimRetentionPolicy).to.deep.include({ whenDeleted: "Retain" });
        expect(deployed.options.get(key)?.protect).to.equal(true);
        const loose = await deployAlertmanager(kup6s, { platform: { protectData: false } });
        expect(specOf(loose).persistentVolumeClaimRetentionPolicy).to.deep.include({ whenDeleted: "Delete" });
        expect(loose.options.get(key)?.protect).to.equal(false);
    });

    it("neither gossips nor has a disruption budget alone, and talks to nobody without mail", async () => {
        const alone = await deployAlertmanager({ kind: "alertmanager", replicas: 1 });
        expect(kubeObjects(alone.resources).filter((o) => o.kind === "PodDisruptionBudget")).to.deep.equal([]);
        expect(
            alone.made.platform.network
                .edges()
                .filter((e) => e.kind !== "ingress" && e.from.workload === "alertmanager"),
        ).to.deep.equal([]);
        expect(specOf(alone).secrets).to.deep.equal([]);
    });

    it("refuses a login without a password", async () => {
        let error: unknown;
        await deploy((opts) => {
            const settings = settingsOf({ alerting: kup6s });
            const { platform, images, jobs } = common(settings, opts);
            const operator = new PrometheusOperator(
                "operator",
                { platform, settings: settings.metrics, images, jobs },
                opts,
            );
            if (settings.alerting.kind === "alertmanager") {
                new Alertmanager(
                    "am",
                    { platform, settings: settings.alerting, image: images.alertmanager, operator, jobs },
                    opts,
                );
            }
        }).catch((reason: unknown) => {
            error = reason;
        });
        expect((error as Error).message).to.include("secrets.smtpPassword");
    });
});
