import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { answered, settingsOf } from "../../support/config";
import { kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { check, refusal } from "../support/check";
import { type Launch, launchesOfImage } from "../support/containers";
import { objectsOf } from "../support/objects";
import { comesUp, loopbackPorts, metric, whileRunning, withFile } from "../support/running";

/** A module of each kind, with every field set. */
const modules = {
    page: {
        kind: "http",
        timeout: "4s",
        ipProtocol: "ip6",
        method: "POST",
        headers: { Accept: "application/json" },
        body: "{}",
        statusCodes: [200, 401],
        followRedirects: false,
        tls: "refused",
        verifyCertificate: false,
        bodyMatches: ["^ok$"],
        bodyLacks: ["error"],
    },
    smtp: {
        kind: "tcp",
        tls: true,
        verifyCertificate: false,
        dialogue: [{ expect: "^220 " }, { send: "STARTTLS" }, { expect: "^220", startTls: true }],
    },
    resolver: {
        kind: "dns",
        name: "example.com",
        type: "MX",
        transport: "tcp",
        responseCodes: ["NOERROR", "NXDOMAIN"],
        answer: ".*mail.*",
    },
    health: { kind: "grpc", service: "shop", tls: true, verifyCertificate: false },
};

async function blackbox(settings: object): Promise<Launch> {
    const metrics = { ...given.metrics, blackbox: { enabled: true, ...settings } };
    const { resources } = await deployStack(settingsOf(answered({ ...required, metrics })));
    const [launch] = launchesOfImage(kubeObjects(resources), "blackbox-exporter");
    return launch!;
}

describe("The blackbox exporter, as it sees itself", function () {
    this.timeout(300_000);

    const configOf = ({ mounts }: Launch) => mounts["/etc/blackbox_exporter"]?.["config.yml"] ?? "";
    const accepted = (text: string) =>
        check("blackbox_exporter", ["--config.check", "--config.file=config.yml"], { "config.yml": text });

    it("accepts the usual modules, and those with every field set", async () => {
        for (const settings of [{}, { modules }]) {
            expect(await accepted(configOf(await blackbox(settings)))).to.include("Config file is ok");
        }
    });

    it("would not accept an unknown field or prober", async () => {
        const text = configOf(await blackbox({ modules }));
        expect(await refusal(accepted(text.replace("follow_redirects", "follow_me")))).to.include("follow_me");
        expect(await refusal(accepted(text.replace("query_type: MX", "query_type: MY")))).to.include("MY");
    });

    it("finds a page that is there, and not one that isn't", async () => {
        const server = http.createServer((request, response) => {
            response.writeHead(request.url === "/health" ? 200 : 404);
            response.end("ok");
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const probed = (base: URL, target: string) =>
            fetch(new URL(`/probe?module=http_2xx&target=${encodeURIComponent(target)}`, base)).then((r) => r.text());
        try {
            const answers = await whileRunning("blackbox_exporter", await blackbox({}), {}, new Map(), (url) =>
                Promise.all([probed(url, `${page}/health`), probed(url, `${page}/gone`)]),
            );
            expect(answers.map((answer) => metric(answer, "probe_success"))).to.deep.equal([1, 0]);
            // What the alerts read.
            for (const name of ["probe_duration_seconds", "probe_http_status_code"]) {
                expect(metric(answers[0], name), name).to.be.a("number");
            }
        } finally {
            server.close();
        }
    });
});

describe("Telegraf in profile acd, as it sees itself", function () {
    this.timeout(300_000);

    const fileName = "telegraf.conf";
    const here = { HOST_IP: "127.0.0.1", NODE_NAME: "node-a", HOST_PROC: "/proc", HOST_SYS: "/sys" };

    async function telegraf(): Promise<Launch> {
        const [launch] = launchesOfImage(await objectsOf("profile acd"), "telegraf");
        return launch!;
    }
    const textOf = ({ mounts }: Launch) => mounts["/etc/telegraf"]?.[fileName] ?? "";
    const accepted = (text: string, env = here) =>
        check("telegraf", ["config", "check", "--config", fileName], { [fileName]: text }, { env });

    it("A-13: accepts its configuration, and knows no newer form of any option", async () => {
        const said = await accepted(textOf(await telegraf()));
        expect(said)
            .to.include("Loading config")
            .and.not.match(/deprecat| E! /i);
    });

    it("would not accept an unknown plugin or option", async () => {
        const text = textOf(await telegraf());
        expect(await refusal(accepted(text.replace("inputs.mem", "inputs.memo")))).to.include("memo");
        expect(await refusal(accepted(text.replace("report_active", "report_all")))).to.include("report_all");
    });

    it("A-08, A-13: tells Prometheus of the machine under the node's name", async () => {
        const launch = await telegraf();
        const ports = await loopbackPorts(launch);
        const port = String(ports.get(9273) ?? 0);
        const moved = withFile(launch, fileName, (text) => text.replace(":9273", `:${port}`).replaceAll("30s", "1s"));
        // Of every input but the disks: the tests may run in a container, whose root is none.
        const wanted = ["cpu_usage_idle", "mem_used_percent", "diskio_io_time", "net_bytes_recv", "system_load1"];
        const all = [...wanted, "kernel_context_switches", "processes_total"];
        const missing = (metrics: string) => all.filter((name) => !new RegExp(`^${name}[{ ]`, "m").test(metrics));
        const metrics = await comesUp("telegraf", moved, here, ports, (told) => missing(told).length === 0);
        expect(missing(metrics)).to.deep.equal([]);
        expect(metrics).to.match(/^mem_used_percent\{host="node-a"\} /m);
    });
});
