import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { expect } from "chai";
import { alertmanagerConfigText } from "../../components/alerting/alertmanager-config";
import { templateFiles } from "../../components/alerting/templates";
import { freePort } from "../../sandbox/processes";
import { ensureTools } from "../../sandbox/toolchain";
import { eventually } from "../sandbox/support/platform";
import { alertmanagerSettings } from "../components/alerting/settings";
import { inFolder, writeFiles } from "./support/check";

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
    const { alertmanager: binary } = await ensureTools(["alertmanager"]);
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
