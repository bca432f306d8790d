import { expect } from "chai";
import { parse } from "smol-toml";
import { Telegraf } from "../../../components/metrics/telegraf";
import { renderTelegrafConfig } from "../../../components/metrics/telegraf-config";
import { kubeObject } from "../../support/mocks";
import { containerOf, deployOn, names, once, settingsOf, type TestInput } from "./fixture";

async function deployTelegraf(metrics: NonNullable<TestInput["metrics"]> = {}) {
    const settings = settingsOf({ metrics });
    const { telegraf, scrapeInterval } = settings.metrics;
    const { resources } = await deployOn(
        settings,
        (parts, opts) => new Telegraf("telegraf", { ...parts, settings: telegraf, scrapeInterval }, opts),
    );
    const object = kubeObject(resources, "DaemonSet", "telegraf");
    return { resources, object, container: containerOf(object, "telegraf") };
}

const standard = once(() => deployTelegraf());

describe("Telegraf", () => {
    it("A-13: makes exactly these, all where the host may be used, and no permission", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            "ServiceAccount telegraf",
            "ConfigMap telegraf",
            "DaemonSet telegraf",
            "Service telegraf",
            "ServiceMonitor telegraf",
        ]);
        for (const seen of resources) {
            const { metadata } = seen.inputs as { metadata?: { namespace: string } };
            if (metadata !== undefined) {
                expect(metadata.namespace, seen.name).to.equal("monitoring-host");
            }
        }
    });

    it("sees the host's network and processes, its files read-only, and runs on tainted nodes", async () => {
        const { object } = await standard();
        const pod = (object.spec as { template: { spec: { containers: { volumeMounts: object[] }[] } } }).template.spec;
        expect(pod).to.deep.include({ hostNetwork: true, hostPID: true, tolerations: [{ operator: "Exists" }] });
        expect(pod.containers[0]?.volumeMounts.every((mount) => "readOnly" in mount && mount.readOnly)).to.be.true;
    });

    it("looks for the host's folders where they are mounted", async () => {
        const { container, object } = await standard();
        const value = (name: string) => container.env?.find((one) => one.name === name)?.value;
        const pod = (object.spec as { template: { spec: { containers: { volumeMounts: { mountPath: string }[] }[] } } })
            .template.spec;
        const mounted = pod.containers[0]?.volumeMounts.map(({ mountPath }) => mountPath);
        expect(mounted).to.include.members([value("HOST_PROC"), value("HOST_SYS"), value("HOST_MOUNT_PREFIX")]);
    });

    it("A-08: is scraped on every node, by the node's name", async () => {
        const { resources } = await standard();
        const { endpoints } = kubeObject(resources, "ServiceMonitor", "telegraf").spec as { endpoints: object[] };
        expect(endpoints).to.deep.equal([
            {
                port: "metrics",
                path: "/metrics",
                relabelings: [
                    { action: "replace", targetLabel: "job", replacement: "telegraf" },
                    { action: "replace", sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "instance" },
                ],
            },
        ]);
    });

    it("looks as often as Prometheus, or as the settings say, and listens on their port", async () => {
        const configOf = async (metrics: NonNullable<TestInput["metrics"]>) => {
            const { resources, container } = await deployTelegraf(metrics);
            const { data } = kubeObject(resources, "ConfigMap", "telegraf") as { data?: Record<string, string> };
            return { config: parse(data?.["telegraf.conf"] ?? ""), container };
        };
        const { config } = await configOf({ scrapeInterval: "15s" });
        expect(config.agent).to.deep.include({ interval: "15s", flush_interval: "15s" });
        const other = await configOf({ telegraf: { interval: "1m", port: 9999 } });
        expect(other.config.agent).to.deep.include({ interval: "1m" });
        expect(JSON.stringify(other.container)).to.include('"containerPort":9999');
    });
});

describe("The configuration of Telegraf", () => {
    it("A-13: is exactly this", () => {
        const config = parse(renderTelegrafConfig({ interval: "30s", port: 9273 }));
        expect(config).to.deep.equal({
            agent: {
                interval: "30s",
                flush_interval: "30s",
                round_interval: true,
                omit_hostname: false,
                hostname: "${NODE_NAME}",
                skip_processors_after_aggregators: true,
            },
            inputs: {
                cpu: [{ percpu: true, totalcpu: true, collect_cpu_time: true, report_active: true }],
                mem: [{}],
                disk: [
                    {
                        ignore_fs: ["tmpfs", "devtmpfs", "devfs", "iso9660", "overlay", "aufs", "squashfs", "nsfs"],
                        ignore_mount_opts: ["bind"],
                    },
                ],
                diskio: [{}],
                net: [{ tagdrop: { interface: ["veth*", "cali*", "lxc*"] } }],
                system: [{}],
                kernel: [{}],
                processes: [{}],
            },
            outputs: {
                prometheus_client: [
                    {
                        listen: "[${HOST_IP}]:9273",
                        path: "/metrics",
                        metric_version: 2,
                        expiration_interval: "1m",
                    },
                ],
            },
        });
    });
});
