import { expect } from "chai";
import { alertmanagerConfigText } from "../../components/alerting/alertmanager-config";
import { profileNames } from "../../config/profiles";
import type { AlertmanagerSettings } from "../../config/schema";
import { alertmanagerSettings } from "../components/alerting/settings";
import { caCertificate } from "../support/certificates";
import { settingsOf } from "../support/config";
import { check } from "./support/check";

const required = { cluster: { name: "test" }, grafana: { host: "grafana.example.com" } };
const keys = ["s3AccessKey", "s3SecretKey", "smtpPassword"];

const mail = {
    smtp: { host: "mail.example.com", from: "perch@example.com", username: "perch" },
    receivers: {
        team: { kind: "email", to: ["a@example.com", "b@example.com"] },
        "on-call": { kind: "email", to: ["on-call@example.com"] },
    },
    defaultReceiver: "team",
    routes: [
        { receiver: "on-call", severity: ["critical"], repeatInterval: "1h" },
        { receiver: "on-call", severity: ["warning"], namespace: ["kube-system", "a.b", 'quo"te'] },
    ],
} satisfies Parameters<typeof alertmanagerSettings>[0];

const render = (settings: AlertmanagerSettings) =>
    alertmanagerConfigText(settings, { smtpPasswordFile: "/etc/alertmanager/secrets/smtp-password/password" });

function checkConfig(settings: AlertmanagerSettings): Promise<string> {
    return check("amtool", ["check-config", "alertmanager.yaml"], { "alertmanager.yaml": render(settings) });
}

async function receiverOf(labels: Record<string, string>): Promise<string> {
    const matchers = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
    const said = await check("amtool", ["config", "routes", "test", "--config.file=alertmanager.yaml", ...matchers], {
        "alertmanager.yaml": render(alertmanagerSettings(mail)),
    });
    return said.trim();
}

describe("Alertmanager's configuration, as amtool sees it", function () {
    this.timeout(120_000);

    for (const profile of profileNames) {
        it(`is accepted for profile ${profile}, where there is one`, async () => {
            const { alerting } = settingsOf({ profile, ...required }, keys);
            if (alerting.kind === "none") {
                expect(profile).to.equal("severed");
            } else {
                expect(await checkConfig(alerting)).to.include("SUCCESS");
            }
        });
    }

    it("K-77: is accepted with every kind of receiver and route", async () => {
        const said = await checkConfig(alertmanagerSettings(mail));
        expect(said).to.include("SUCCESS").and.include("3 receivers").and.include("2 inhibit rules");
    });

    it("is accepted with the CA of the mail server", async () => {
        const settings = alertmanagerSettings({ ...mail, smtp: { ...mail.smtp, caCertificate } });
        expect(await checkConfig(settings)).to.include("SUCCESS");
    });

    it("is accepted without a receiver", async () => {
        expect(await checkConfig(alertmanagerSettings())).to.include("SUCCESS");
    });

    it("K-79: sends an alert to whom severity and namespace say", async () => {
        expect(await receiverOf({ severity: "critical", namespace: "shop" })).to.equal("on-call");
        expect(await receiverOf({ severity: "warning", namespace: "kube-system" })).to.equal("on-call");
        expect(await receiverOf({ severity: "warning", namespace: "a.b" })).to.equal("on-call");
        expect(await receiverOf({ severity: "warning", namespace: "axb" })).to.equal("team");
        expect(await receiverOf({ severity: "warning", namespace: "shop" })).to.equal("team");
        expect(await receiverOf({ severity: "info", namespace: "kube-system" })).to.equal("team");
    });
});
