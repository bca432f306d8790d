import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { parse } from "yaml";
import * as z from "zod";
import { ensurePlatform, eventually } from "../../sandbox/support/platform";
import { caCertificate } from "../../support/certificates";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { given, required } from "../../support/stacks";
import { check } from "../support/check";
import { applyCrds, containersOf, deleteMonitoring, operate, secretFiles } from "../support/operated";
import { objectsFor } from "../support/tls";

const namespace = "rendered-prometheus";
const url = "https://metrics.example.com/api/v1/write";

const relabelings = [
    { kind: "keep", regex: "billing_.*" },
    { kind: "labelDrop", regex: "uid" },
];

/** A Secret of the stack with a CA and a certificate: what is in it is of no matter here. */
const certificates = "prometheus-operator-admission-webhook-tls";
const access = {
    tls: {
        ca: { kind: "secret", name: certificates },
        serverName: "db.internal",
        clientSecretName: certificates,
    },
    login: { kind: "basic", secretName: "db-login" },
};

/** A Secret or ConfigMap that whoever deploys the stack has put beside it. */
const beside = (kind: "Secret" | "ConfigMap", name: string, content: Record<string, string>): KubeObject => ({
    apiVersion: "v1",
    kind,
    metadata: { namespace, name },
    [kind === "Secret" ? "stringData" : "data"]: content,
});

/** Every setting of Prometheus that is off by default. */
const metricsWith = (inventory: string) => ({
    ...given.metrics,
    outOfOrderTimeWindow: "10m",
    remoteWriteReceiver: { enabled: true, writers: { edge: { namespace: "edge" } } },
    externalLabels: { region: "fsn1" },
    scrapeLimits: {
        samples: 50_000,
        labels: 60,
        labelNameLength: 200,
        labelValueLength: 500,
        bodySize: "20Mi",
        targets: 99,
    },
    nativeHistograms: "beside",
    exemplarStorage: 10_000,
    walCompression: false,
    remoteWrite: {
        central: {
            url,
            login: { kind: "bearer" },
            caCertificate,
            relabelings,
            exemplars: true,
            nativeHistograms: true,
        },
        partner: { url, login: { kind: "basic", username: "perch" }, queue: { sampleAgeLimit: "1h" } },
    },
    targets: {
        shop: { kind: "service", namespace: "shop", labels: { app: "shop" }, port: "metrics" },
        workers: { kind: "pods", namespace: "jobs", labels: { app: "worker" }, port: "http" },
        database: { kind: "static", addresses: ["db.example.com:9187"] },
        site: {
            kind: "probe",
            prober: "blackbox.probes.svc:9115",
            module: "http_2xx",
            targets: ["https://example.com"],
        },
        page: { kind: "probe", module: "http_2xx", targets: ["https://example.com"] },
        guarded: { kind: "static", addresses: ["db.example.com:9187"], scheme: "https", ...access },
        "guarded-shop": {
            kind: "service",
            namespace: "shop",
            labels: { app: "shop" },
            port: "https",
            scheme: "https",
            ...access,
            tls: { ca: { kind: "configMap", name: "shop-ca" } },
        },
        "guarded-workers": {
            kind: "pods",
            namespace: "jobs",
            labels: { app: "worker" },
            port: "https",
            scheme: "https",
            ...access,
        },
        vms: { kind: "discovery", from: { kind: "dns", names: ["vms.example.com"], port: 9100 } },
        services: { kind: "discovery", from: { kind: "srv", names: ["_metrics._tcp.example.com"], ports: [9100] } },
        machines: {
            kind: "discovery",
            from: {
                kind: "http",
                url: inventory,
                ports: [9100],
                refresh: "10s",
                login: { kind: "bearer", secretName: "inventory" },
            },
        },
    },
    blackbox: { enabled: true },
});

/** An inventory that tells of one machine to who has the token. */
async function startInventory() {
    const server = http.createServer(({ headers }, response) => {
        response.statusCode = headers.authorization === "Bearer inventory-token" ? 200 : 401;
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify([{ targets: ["192.0.2.7:9100"], labels: { rack: "r7" } }]));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/targets`, server };
}

const configSchema = z.looseObject({
    global: z.looseObject({ external_labels: z.record(z.string(), z.string()), rule_query_offset: z.string() }),
    storage: z.looseObject({ tsdb: z.looseObject({ out_of_order_time_window: z.string() }) }),
    remote_write: z.array(z.looseObject({ name: z.string(), url: z.string() })),
    scrape_configs: z.array(z.looseObject({ job_name: z.string(), tls_config: z.unknown().optional() })),
});

describe("What the operator makes of every setting of Prometheus", function () {
    this.timeout(600_000);

    let objects: KubeObject[] = [];
    let config: z.output<typeof configSchema>;
    let text: string;
    let inventory: Awaited<ReturnType<typeof startInventory>>;

    const job = (name: string) => config.scrape_configs.find(({ job_name }) => job_name === name) ?? {};

    before(async () => {
        inventory = await startInventory();
        await ensurePlatform();
        await applyCrds();
        const metrics = metricsWith(inventory.url);
        const settings = settingsOf(answered({ ...required, platform: { namespace }, metrics }), [
            "remoteWrite.central.token",
            "remoteWrite.partner.password",
        ]);
        objects = [
            ...(await objectsFor(settings)),
            beside("Secret", "db-login", { username: "perch", password: "db-password" }),
            beside("Secret", "inventory", { token: "inventory-token" }),
            beside("ConfigMap", "shop-ca", { "ca.crt": caCertificate }),
        ];
        await operate(namespace, objects);
        await eventually(async () => {
            ({ "prometheus.yaml": text = "" } = await secretFiles(namespace, "prometheus-perch"));
            config = configSchema.parse(parse(text));
            expect(config.scrape_configs.map(({ job_name }) => job_name)).to.include.members([
                `serviceMonitor/${namespace}/target-shop/0`,
                `podMonitor/${namespace}/target-workers/0`,
                `scrapeConfig/${namespace}/target-database`,
                `probe/${namespace}/target-site`,
                `probe/${namespace}/target-page`,
                `scrapeConfig/${namespace}/target-guarded`,
                `serviceMonitor/${namespace}/target-guarded-shop/0`,
                `podMonitor/${namespace}/target-guarded-workers/0`,
                `scrapeConfig/${namespace}/target-vms`,
                `scrapeConfig/${namespace}/target-services`,
                `scrapeConfig/${namespace}/target-machines`,
            ]);
        }, 60);
    });
    after(() => {
        inventory.server.closeAllConnections();
        inventory.server.close();
        return deleteMonitoring(objects);
    });

    it("is a configuration that promtool accepts", async () => {
        const assets = await secretFiles(namespace, "prometheus-perch-tls-assets-0");
        const said = await check("promtool", ["check", "config", "--syntax-only", "prometheus.yaml"], {
            "prometheus.yaml": text,
        });
        expect(said).to.include("is valid prometheus config file syntax");
        // Prometheus checks the admission webhook's certificate, which the guarded targets take for theirs, too.
        const { stringData } = objects.find(
            ({ kind, metadata: { name } }) => kind === "Secret" && name === certificates,
        )!;
        const files = stringData as Record<string, string>;
        expect(new Set(Object.values(assets))).to.deep.equal(
            new Set([caCertificate, files["ca.crt"], files["tls.crt"], files["tls.key"]]),
        );
    });

    it("lets Prometheus into targets by what the Secrets and ConfigMaps hold", async () => {
        const assets = await secretFiles(namespace, "prometheus-perch-tls-assets-0");
        const { stringData } = objects.find(
            ({ kind, metadata: { name } }) => kind === "Secret" && name === certificates,
        )!;
        const files = stringData as Record<string, string>;
        const folder = "/etc/prometheus/certs/";
        const read = (file = "") => assets[file.slice(folder.length)];
        for (const name of [
            `scrapeConfig/${namespace}/target-guarded`,
            `serviceMonitor/${namespace}/target-guarded-shop/0`,
            `podMonitor/${namespace}/target-guarded-workers/0`,
        ]) {
            const { basic_auth: login, scheme, tls_config: tls } = job(name) as Partial<Record<string, unknown>>;
            expect({ login, scheme }, name).to.deep.equal({
                login: { username: "perch", password: "db-password" },
                scheme: "https",
            });
            const { ca_file, cert_file, key_file, ...others } = tls as Partial<Record<string, string>>;
            const found = [read(ca_file), read(cert_file), read(key_file), others.server_name];
            expect(found, name).to.deep.equal(
                name.includes("shop")
                    ? [caCertificate, undefined, undefined, undefined]
                    : [files["ca.crt"], files["tls.crt"], files["tls.key"], "db.internal"],
            );
        }
    });

    it("looks names up in DNS", () => {
        expect(job(`scrapeConfig/${namespace}/target-vms`)).to.deep.include({
            dns_sd_configs: [{ names: ["vms.example.com"], type: "A", port: 9100, refresh_interval: "30s" }],
        });
        expect(job(`scrapeConfig/${namespace}/target-services`)).to.deep.include({
            dns_sd_configs: [{ names: ["_metrics._tcp.example.com"], type: "SRV", refresh_interval: "30s" }],
        });
    });

    it("finds the machines of an inventory that asks for a token, as promtool says", async () => {
        const machines = `scrapeConfig/${namespace}/target-machines`;
        const look = ["check", "service-discovery", "--timeout=5s", "prometheus.yaml", machines];
        const told = (config: string) => check("promtool", look, { "prometheus.yaml": config });
        const found = JSON.parse(await told(text)) as { labels: object }[];
        expect(found).to.have.length(1);
        expect(found[0]?.labels).to.deep.include({
            ...{ job: "machines", instance: "192.0.2.7:9100", rack: "r7" },
            __address__: "192.0.2.7:9100",
        });
        const refused = await told(text.replace("inventory-token", "another-token"));
        expect(refused).to.match(/^\[\]/).and.include("401");
    });

    it("names the labels, the window and the servers that were asked for", () => {
        expect(config.global.external_labels).to.include({ cluster: "test", region: "fsn1" });
        expect(config.storage.tsdb.out_of_order_time_window).to.equal("10m");
        // For what others write.
        expect(config.global.rule_query_offset).to.equal("30s");
        expect(config.remote_write.map(({ name, url }) => ({ name, url }))).to.deep.equal([
            { name: "central", url },
            { name: "partner", url },
        ]);
    });

    it("runs Prometheus with the flags that go with it", async () => {
        const containers = await eventually(() => containersOf(namespace, "prometheus-perch"), 60);
        const { args = [] } = containers.find(({ name }) => name === "prometheus") ?? {};
        expect(args).to.include.members([
            "--web.enable-remote-write-receiver",
            "--enable-feature=exemplar-storage",
            "--no-storage.tsdb.wal-compression",
        ]);
    });
});
