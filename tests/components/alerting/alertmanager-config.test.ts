import { expect } from "chai";
import { parse } from "yaml";
import { alertmanagerConfig, alertmanagerConfigText } from "../../../components/alerting/alertmanager-config";
import { type AlertmanagerSettings, alertmanagerSettings } from "./settings";
import { caCertificate } from "../../support/certificates";

const mail = {
    smtp: { host: "mail.example.com", from: "perch@example.com", username: "perch" },
    receivers: {
        team: { kind: "email", to: ["a@example.com", "b@example.com"] },
        lead: { kind: "email", to: ["lead@example.com"], sendResolved: false },
    },
    defaultReceiver: "team",
    routes: [
        { receiver: "lead", severity: ["critical"], namespace: ["payments"], repeatInterval: "1h" },
        { receiver: "lead", severity: ["critical", "warning"] },
        { receiver: "team", namespace: ["a.b", "c+d"] },
    ],
} satisfies Partial<Parameters<typeof alertmanagerSettings>[0]>;

const files = { smtpPasswordFile: "/etc/alertmanager/secrets/smtp-password/password" };

function settings(input: Parameters<typeof alertmanagerSettings>[0] = {}): AlertmanagerSettings {
    return alertmanagerSettings(input);
}

describe("The configuration of Alertmanager", () => {
    it("K-77, K-82: sends mail through the server of the settings, with the password in a file", () => {
        const { global, receivers } = alertmanagerConfig(settings(mail), files);
        expect(global).to.deep.equal({
            smtp_smarthost: "mail.example.com:587",
            smtp_from: "perch@example.com",
            smtp_require_tls: true,
            smtp_auth_username: "perch",
            smtp_auth_password_file: files.smtpPasswordFile,
        });
        expect(receivers).to.deep.equal([
            { name: "null" },
            { name: "team", email_configs: [{ to: "a@example.com, b@example.com", send_resolved: true }] },
            { name: "lead", email_configs: [{ to: "lead@example.com", send_resolved: false }] },
        ]);
    });

    it("K-79: routes by severity and namespace, in the order of the settings", () => {
        const { route } = alertmanagerConfig(settings(mail), files);
        expect(route).to.deep.equal({
            receiver: "team",
            group_by: ["cluster", "namespace", "alertname"],
            group_wait: "30s",
            group_interval: "5m",
            repeat_interval: "12h",
            routes: [
                {
                    receiver: "lead",
                    matchers: ['severity="critical"', 'namespace="payments"'],
                    repeat_interval: "1h",
                },
                { receiver: "lead", matchers: ['severity=~"critical|warning"'] },
                { receiver: "team", matchers: ['namespace=~"a\\\\.b|c\\\\+d"'] },
            ],
        });
    });

    it("silences the lesser alert of the same name, namespace and cluster", () => {
        const equal = ["cluster", "namespace", "alertname"];
        expect(alertmanagerConfig(settings()).inhibit_rules).to.deep.equal([
            { source_matchers: ['severity="critical"'], target_matchers: ['severity=~"warning|info"'], equal },
            { source_matchers: ['severity="warning"'], target_matchers: ['severity="info"'], equal },
        ]);
    });

    it("tells nobody without a receiver, and says so", () => {
        const text = alertmanagerConfigText(settings());
        expect(text).to.match(/^# No receiver is configured/);
        expect(parse(text)).to.deep.include({ global: {}, receivers: [{ name: "null" }] });
        expect(alertmanagerConfig(settings()).route.receiver).to.equal("null");
        expect(alertmanagerConfigText(settings(mail), files)).not.to.include("No receiver");
    });

    it("logs in nowhere without a user name", () => {
        const { host, from } = mail.smtp;
        const { global } = alertmanagerConfig(settings({ ...mail, smtp: { host, from } }));
        expect(global).not.to.have.any.keys("smtp_auth_username", "smtp_auth_password_file");
    });

    it("doesn't ask a server for STARTTLS that speaks TLS from the first byte", () => {
        const { global } = alertmanagerConfig(settings({ ...mail, smtp: { ...mail.smtp, port: 465 } }), files);
        expect(global).to.deep.include({ smtp_smarthost: "mail.example.com:465", smtp_require_tls: false });
    });

    it("trusts the mail server's own CA where there is one, and else says nothing of it", () => {
        const { global } = alertmanagerConfig(settings({ ...mail, smtp: { ...mail.smtp, caCertificate } }), files);
        expect(global).to.deep.include({ smtp_require_tls: true, smtp_tls_config: { ca: caCertificate } });
        expect(alertmanagerConfig(settings(mail), files).global).not.to.have.property("smtp_tls_config");
    });
});
