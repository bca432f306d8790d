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

/** Every setting of Prometheus that is off by default. */
const metrics = {
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
    },
    blackbox: { enabled: true },
};

const configSchema = z.looseObject({
    global: z.looseObject({ external_labels: z.record(z.string(), z.string()) }),
    storage: z.looseObject({ tsdb: z.looseObject({ out_of_order_time_window: z.string() }) }),
    remote_write: z.array(z.looseObject({ name: z.string(), url: z.string() })),
    scrape_configs: z.array(z.looseObject({ job_name: z.string(), sample_limit: z.number().optional() })),
});

describe("What the operator makes of every setting of Prometheus", function () {
    this.timeout(600_000);

    let objects: KubeObject[] = [];
    let config: z.output<typeof configSchema>;
    let text: string;

    before(async () => {
        await ensurePlatform();
        await applyCrds();
        const settings = settingsOf(answered({ ...required, platform: { namespace }, metrics }), [
            "remoteWrite.central.token",
            "remoteWrite.partner.password",
        ]);
        objects = await objectsFor(settings);
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
            ]);
        }, 60);
    });
    after(() => deleteMonitoring(objects));

    it("is a configuration that promtool accepts", async () => {
        const assets = await secretFiles(namespace, "prometheus-perch-tls-assets-0");
        const said = await check("promtool", ["check", "config", "--syntax-only", "prometheus.yaml"], {
            "prometheus.yaml": text,
        });
        expect(said).to.include("is valid prometheus config file syntax");
        const secrets = objects.filter(({ kind }) => kind === "Secret");
        const authorities = secrets.flatMap(
            ({ stringData }) => ((stringData ?? {}) as Record<string, string>)["ca.crt"] ?? [],
        );
        // Prometheus checks the admission webhook's certificate.
        expect(authorities).to.have.length(1);
        expect(Object.values(assets)).to.have.members([caCertificate, ...authorities]);
    });

    it("names the labels, the window and the servers that were asked for", () => {
        expect(config.global.external_labels).to.include({ cluster: "test", region: "fsn1" });
        expect(config.storage.tsdb.out_of_order_time_window).to.equal("10m");
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
