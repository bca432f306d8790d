import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { alertmanagerConfigText } from "../../components/alerting/alertmanager-config";
import { templateFiles } from "../../components/alerting/templates";
import type { AlertName } from "../../config/alerts";
import { freePort } from "../../sandbox/processes";
import { eventually } from "../sandbox/support/platform";
import { alertmanagerSettings } from "../components/alerting/settings";
import { inFolder, writeFiles } from "./support/check";
import { programOf } from "./support/tools";

/** A call that a receiver's service got. */
interface Call {
    path: string;
    headers: IncomingHttpHeaders;
    body: string;
}

const settings = alertmanagerSettings({
    receivers: {
        hook: { kind: "webhook", login: { kind: "bearer" } },
        discord: { kind: "discord" },
        slack: { kind: "slack" },
        teams: { kind: "teams" },
    },
    deadMansSwitch: { kind: "heartbeat", interval: "1s" },
    defaultReceiver: "hook",
    groupWait: "1s",
    routes: [
        { receiver: "discord", labels: { to: ["all"] }, continue: true },
        { receiver: "slack", labels: { to: ["all"] }, continue: true },
        { receiver: "teams", labels: { to: ["all"] } },
    ],
});

/** Runs the real Alertmanager with the settings, its receivers on this machine, sends it alerts; all calls it made. */
async function calls(alerts: readonly Record<string, string>[], enough: (made: Call[]) => boolean): Promise<Call[]> {
    const binary = await programOf("alertmanager");
    const made: Call[] = [];
    const server = createServer((request, response) => {
        let body = "";
        request.on("data", (data: Buffer) => (body += data.toString()));
        request.on("end", () => {
            made.push({ path: request.url ?? "", headers: request.headers, body });
            response.end("ok");
        });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const port = await freePort();
    try {
        return await inFolder(async (folder) => {
            await writeFiles(folder, {
                ...Object.fromEntries(templateFiles({})),
                ...Object.fromEntries(
                    ["hook", "discord", "slack", "teams", "switch"].map((one) => [one, `${url}/${one}`]),
                ),
                token: "let-me-in",
                "alertmanager.yaml": alertmanagerConfigText(settings, {
                    templates: folder,
                    deadMansSwitchUrlFile: path.join(folder, "switch"),
                    receivers: {
                        hook: { url: path.join(folder, "hook"), token: path.join(folder, "token") },
                        ...Object.fromEntries(
                            ["discord", "slack", "teams"].map((one) => [one, { webhookUrl: path.join(folder, one) }]),
                        ),
                    },
                }),
            });
            const child = spawn(
                binary,
                [
                    `--config.file=${path.join(folder, "alertmanager.yaml")}`,
                    `--storage.path=${path.join(folder, "data")}`,
                    `--web.listen-address=127.0.0.1:${port}`,
                    "--cluster.listen-address=",
                ],
                { stdio: "ignore" },
            );
            const exit = once(child, "exit");
            try {
                const body = JSON.stringify(
                    alerts.map((labels) => ({ labels, annotations: { summary: `About ${labels.alertname ?? ""}` } })),
                );
                await eventually(async () => {
                    const sent = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
                        method: "POST",
                        headers: { "content-type": "application/json" },
                        body,
                    });
                    expect(sent.status).to.equal(200);
                });
                await eventually(() => {
                    expect(enough(made), JSON.stringify(made.map((call) => call.path))).to.equal(true);
                    return Promise.resolve();
                });
                return made;
            } finally {
                child.kill("SIGTERM");
                await exit;
            }
        });
    } finally {
        server.close();
        server.closeAllConnections();
    }
}

describe("Alertmanager with the configuration of the settings", function () {
    this.timeout(180_000);

    let made: Call[];
    const to = (receiver: string) => made.filter((call) => call.path === `/${receiver}`);

    before(async () => {
        const services = ["/hook", "/discord", "/slack", "/teams"];
        made = await calls(
            [
                { alertname: "Watchdog", severity: "none" },
                { alertname: "Full", severity: "critical", namespace: "shop", cluster: "prod", to: "all" },
                { alertname: "Slow", severity: "warning" },
                { alertname: "InfoInhibitor", severity: "none", namespace: "quiet", cluster: "prod" },
                { alertname: "HeldBack", severity: "info", namespace: "quiet", cluster: "prod" },
                { alertname: "Told", severity: "info", namespace: "loud", cluster: "prod" },
            ],
            (so) =>
                ["Slow", "Told"].every((one) => so.some(({ path, body }) => path === "/hook" && body.includes(one))) &&
                services.every((one) => so.some((call) => call.path === one)) &&
                so.filter((call) => call.path === "/switch").length > 2,
        );
    });

    it("calls the dead man's switch again and again, with its one alert", () => {
        const alerts = to("switch").map(({ body }) => (JSON.parse(body) as { alerts: { labels: object }[] }).alerts);
        expect(alerts.length).to.be.above(2);
        for (const labels of alerts) {
            expect(labels.map((alert) => alert.labels)).to.deep.equal([{ alertname: "Watchdog", severity: "none" }]);
        }
    });

    it("logs in to a webhook with what its file holds", () => {
        const bodies = to("hook").map(({ headers, body }) => [
            headers.authorization,
            /"alertname":"(\w+)"/.exec(body)?.[1],
        ]);
        expect(bodies).to.have.deep.members([
            ["Bearer let-me-in", "Slow"],
            ["Bearer let-me-in", "Told"],
        ]);
    });

    it("tells nobody of an alert of severity info while InfoInhibitor fires for its namespace, nor of that one", () => {
        const all = made.map(({ body }) => body).join("\n");
        expect(all).to.include("Told").and.not.include("HeldBack").and.not.include("InfoInhibitor");
    });

    for (const service of ["discord", "slack", "teams"]) {
        it(`U-34: tells ${service} what is wrong, where and how bad`, () => {
            const [{ body } = { body: "" }, ...more] = to(service);
            expect(more).to.deep.equal([]);
            expect(body).to.include("[FIRING:1] critical Full in shop (prod)").and.include("About Full");
        });
    }
});

describe("Alertmanager with Perch's inhibit rules", function () {
    this.timeout(180_000);

    const disk = { cluster: "prod", namespace: "monitoring", instance: "node-1", device: "sda1", mountpoint: "/" };
    const shop = { cluster: "prod", namespace: "shop", job: "shop" };
    const slo = (name: string) => ({ cluster: "prod", alertname: "SLOBudgetBurn", sloth_id: name });
    const of = (labels: Record<string, string>, ...alerts: [AlertName, "critical" | "warning"][]) =>
        alerts.map(([alertname, severity]) => ({ ...labels, alertname, severity }));

    /** What is said of what is told, and what of both is. */
    const cases: [what: string, told: Record<string, string>[], held: Record<string, string>[]][] = [
        [
            "only the second step of one object",
            of(shop, ["HighErrorRateCritical", "critical"]),
            of(shop, ["HighErrorRate", "warning"]),
        ],
        [
            "both steps of two objects",
            [
                ...of({ ...shop, job: "cart" }, ["HighErrorRateCritical", "critical"]),
                ...of({ ...shop, job: "blog" }, ["HighErrorRate", "warning"]),
            ],
            [],
        ],
        ["both steps of two clusters", of({ ...shop, cluster: "east" }, ["HighErrorRate", "warning"]), []],
        [
            "one of four of a full disk",
            of(disk, ["NodeFilesystemAlmostOutOfSpaceCritical", "critical"]),
            of(
                disk,
                ["NodeFilesystemSpaceFillingUpCritical", "critical"],
                ["NodeFilesystemAlmostOutOfSpace", "warning"],
                ["NodeFilesystemSpaceFillingUp", "warning"],
            ),
        ],
        [
            "one of two of a disk that fills up, and nothing else of its node",
            of({ ...disk, mountpoint: "/var" }, ["NodeFilesystemAlmostOutOfSpace", "warning"]),
            of({ ...disk, mountpoint: "/var" }, ["NodeFilesystemSpaceFillingUp", "warning"]),
        ],
        [
            "of what a stack file has made critical, whatever warning there is",
            of(
                { ...disk, mountpoint: "/home" },
                ["NodeFilesystemAlmostOutOfSpace", "warning"],
                ["NodeFilesystemSpaceFillingUp", "critical"],
            ),
            [],
        ],
        [
            "of an SLO whatever another one does",
            [
                { ...slo("shop-orders"), severity: "critical" },
                { ...slo("shop-search"), severity: "warning" },
            ],
            [{ ...slo("shop-orders"), severity: "warning" }],
        ],
    ];

    let made: string[];

    before(async () => {
        const all = cases.flatMap(([, told, held]) => [...held, ...told]);
        const told = cases.flatMap(([, one]) => one).length;
        made = (await calls(all, (so) => firing(so).length >= told)).flatMap((call) => firing([call]));
    });

    for (const [what, told, held] of cases) {
        it(`tells ${what}`, () => {
            expect(made).to.include.members(told.map(key));
            for (const one of held.map(key)) {
                expect(made).to.not.include(one);
            }
        });
    }
});

/** An alert's labels as one text. */
const key = (labels: Record<string, string>) => JSON.stringify(Object.entries(labels).sort());

/** The alerts of which the webhook's service was told. */
function firing(made: readonly Call[]): string[] {
    return made
        .filter((call) => call.path === "/hook")
        .flatMap(({ body }) => (JSON.parse(body) as { alerts: { labels: Record<string, string> }[] }).alerts)
        .map(({ labels }) => key(labels));
}
