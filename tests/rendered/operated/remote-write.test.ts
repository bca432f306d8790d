import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { hashSync } from "bcryptjs";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { Authority } from "../../../sandbox/pki";
import { ensurePlatform, eventually } from "../../sandbox/support/platform";
import { answered, settingsOf } from "../../support/config";
import type { KubeObject } from "../../support/mocks";
import { given, required } from "../../support/stacks";
import type { Launch } from "../support/containers";
import { applyCrds, containersOf, deleteMonitoring, operate, secretFiles } from "../support/operated";
import { whileItRuns } from "../support/running";
import { objectsFor } from "../support/tls";

const namespace = "rendered-remote-write";
const host = "metrics.example.com";
const login = { username: "perch", password: "remote-password" };

const configSchema = z.looseObject({
    global: z.looseObject({ external_labels: z.record(z.string(), z.string()) }),
    storage: z.unknown(),
    remote_write: z.array(z.looseObject({ tls_config: z.looseObject({ ca_file: z.string() }) })).length(1),
});

/** Where the operator has Prometheus find what it made of Secrets and ConfigMaps. */
const assetsFolder = "/etc/prometheus/certs";

/** An application with one series that is sent and one that isn't. */
async function startApplication() {
    const server = http.createServer((_, response) => {
        response.setHeader("content-type", "text/plain; version=0.0.4");
        response.end("billing_requests_total 7\nhttp_requests_total 9\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe("Remote write from the Prometheus of one stack to that of another, between running servers", function () {
    this.timeout(600_000);

    let objects: KubeObject[] = [];
    let config: z.output<typeof configSchema>;
    let assets: Record<string, string>;
    let args: string[];
    let authority: Authority;
    let receiverFiles: Record<string, string>;

    before(async () => {
        authority = await Authority.open("remote-write");
        const { cert, key } = await authority.issue("receiver", { user: "receiver", hosts: [host] });
        receiverFiles = { "tls.crt": readFileSync(cert, "utf8"), "tls.key": readFileSync(key, "utf8") };
        await ensurePlatform();
        await applyCrds();
        const settings = settingsOf(
            answered({
                ...required,
                platform: { namespace },
                metrics: {
                    ...given.metrics,
                    remoteWriteReceiver: { enabled: true },
                    outOfOrderTimeWindow: "10m",
                    remoteWrite: {
                        central: {
                            url: `https://${host}/api/v1/write`,
                            login: { kind: "basic" },
                            caCertificate: authority.certPem,
                            relabelings: [{ kind: "keep", regex: "billing_.*" }],
                        },
                    },
                },
                secrets: { remoteWrite: { central: { kind: "existing", name: "central-login" } } },
            }),
        );
        const secret = {
            ...{ apiVersion: "v1", kind: "Secret", stringData: login },
            metadata: { namespace, name: "central-login" },
        };
        objects = [...(await objectsFor(settings)), secret];
        await operate(namespace, objects);
        await eventually(async () => {
            const { "prometheus.yaml": text = "" } = await secretFiles(namespace, "prometheus-perch");
            config = configSchema.parse(parse(text));
            assets = await secretFiles(namespace, "prometheus-perch-tls-assets-0");
            expect(assets).to.include.keys(caFile());
            const containers = await containersOf(namespace, "prometheus-perch");
            args = containers.find(({ name }) => name === "prometheus")?.args ?? [];
            expect(args).to.include("--web.enable-remote-write-receiver");
        }, 60);
    });
    after(() => deleteMonitoring(objects));

    const caFile = () => config.remote_write[0]!.tls_config.ca_file.slice(assetsFolder.length + 1);

    /** Prometheus with the flags that the operator gives it. */
    const prometheus = (text: object, web: Record<string, string>, mounts: Launch["mounts"] = {}): Launch => ({
        name: "prometheus",
        args: [...args, "--web.listen-address=:9090"],
        env: {},
        mounts: {
            "/prometheus": {},
            "/etc/prometheus/config_out": { "prometheus.env.yaml": stringify(text) },
            "/etc/prometheus/web_config": web,
            ...mounts,
        },
        ports: [{ name: "web", port: 9090 }],
        readiness: { path: "/-/ready", port: "web" },
    });

    /** One that takes what is written to it over TLS, by a login. */
    const receiver = () =>
        prometheus(
            { storage: config.storage },
            {
                ...receiverFiles,
                "web-config.yaml": stringify({
                    tls_server_config: { cert_file: "tls.crt", key_file: "tls.key" },
                    basic_auth_users: { [login.username]: hashSync(login.password, 4) },
                }),
            },
        );

    /** One that scrapes the application and writes as the stack's does, to this port. */
    const sender = (target: string, port: number, password: string) => {
        const remoteWrite = config.remote_write.map((write) => ({
            ...write,
            url: `https://127.0.0.1:${port}/api/v1/write`,
            basic_auth: { ...login, password },
            // Its folder is below the one that stands for the container's root.
            tls_config: { ...write.tls_config, ca_file: `../certs/${caFile()}`, server_name: host },
        }));
        const scrape = { job_name: "shop", static_configs: [{ targets: [target] }] };
        const { external_labels } = config.global;
        const labels = { ...external_labels, prometheus_replica: "prometheus-perch-0" };
        const text = {
            global: { scrape_interval: "1s", external_labels: labels },
            scrape_configs: [scrape],
            remote_write: remoteWrite,
        };
        return prometheus(text, { "web-config.yaml": "{}" }, { [assetsFolder]: assets });
    };

    /** Series of the receiver but its own. */
    const received = (port: number) =>
        new Promise<Record<string, string>[]>((resolve, reject) => {
            const request = https.get(
                {
                    ...{ host: "127.0.0.1", port, servername: host, ca: authority.certPem },
                    path: `/api/v1/series?match[]=${encodeURIComponent('{__name__!=""}')}`,
                    auth: `${login.username}:${login.password}`,
                },
                (response) => {
                    let answer = "";
                    response.setEncoding("utf8").on("data", (part: string) => (answer += part));
                    response.once("end", () => {
                        try {
                            resolve((JSON.parse(answer) as { data: Record<string, string>[] }).data);
                        } catch {
                            reject(new Error(`${response.statusCode ?? 0}: ${answer}`));
                        }
                    });
                },
            );
            request.once("error", reject);
        });

    /** Runs both, the sender with this password. */
    const whileBothRun = async (
        password: string,
        work: (running: {
            received: () => Promise<Record<string, string>[]>;
            /** Samples that the sender counts under this name. */
            sent: (metric: string) => Promise<number>;
            target: string;
        }) => Promise<void>,
    ) => {
        const { address: target, server } = await startApplication();
        try {
            await whileItRuns("prometheus", receiver(), {}, async ({ ports: to, until }) => {
                const port = to.get(9090) ?? 0;
                await until(() => received(port));
                await whileItRuns("prometheus", sender(target, port, password), {}, ({ ports: from }) =>
                    work({
                        target,
                        received: () => received(port),
                        sent: async (metric) => {
                            const url = `http://127.0.0.1:${from.get(9090) ?? 0}/metrics`;
                            const metrics = await (await fetch(url)).text();
                            const line = new RegExp(`^prometheus_remote_storage_${metric}\\{.*\\} (\\S+)$`, "m").exec(
                                metrics,
                            );
                            return Number(line?.[1] ?? 0);
                        },
                    }),
                );
            });
        } finally {
            server.closeAllConnections();
            server.close();
        }
    };

    it("comes through by the login and the private CA: what is kept, with the external labels, and nothing else", () =>
        whileBothRun(login.password, async ({ received, target }) => {
            const series = await eventually(async () => {
                const all = await received();
                expect(all).to.not.have.length(0);
                return all;
            }, 60);
            expect(series).to.deep.equal([
                {
                    ...{ __name__: "billing_requests_total", job: "shop", instance: target },
                    ...{ cluster: "test", prometheus: `${namespace}/perch`, prometheus_replica: "prometheus-perch-0" },
                },
            ]);
        }));

    it("is refused with another password, and the sender counts what it has lost", () =>
        whileBothRun("another-password", async ({ received, sent }) => {
            await eventually(async () => {
                expect(await sent("samples_failed_total")).to.be.above(0);
            }, 60);
            expect(await received()).to.deep.equal([]);
        }));
});
