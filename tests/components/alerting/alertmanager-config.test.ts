import { expect } from "chai";
import { parse } from "yaml";
import { alertmanagerConfig, alertmanagerConfigText } from "../../../components/alerting/alertmanager-config";
import { receiverPorts, type SecretFiles } from "../../../components/alerting/receivers";
import { receiversOf, routeTree } from "../../../components/alerting/route-tree";
import type { AlertName } from "../../../config/alerts";
import { escalationEntries } from "../../../config/escalations";
import { type AlertmanagerSettings, alertmanagerSettings, type ReceiverInput } from "./settings";
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
                { receiver: "null", matchers: ['alertname="Watchdog"'] },
                { receiver: "null", matchers: ['alertname="InfoInhibitor"'] },
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

    it("silences the lesser alert of the same name, namespace, cluster and SLO", () => {
        const equal = ["cluster", "namespace", "alertname", "sloth_id"];
        expect(alertmanagerConfig(settings()).inhibit_rules.slice(0, 3)).to.deep.equal([
            { source_matchers: ['severity="critical"'], target_matchers: ['severity=~"warning|info"'], equal },
            { source_matchers: ['severity="warning"'], target_matchers: ['severity="info"'], equal },
            {
                source_matchers: ['alertname="InfoInhibitor"'],
                target_matchers: ['severity="info"'],
                equal: ["cluster", "namespace"],
            },
        ]);
    });

    it("silences what an alert escalates, of one object, as long as it is as severe as Perch has it", () => {
        const of = (alert: AlertName) => {
            const source = `alertname="${alert}"`;
            return alertmanagerConfig(settings()).inhibit_rules.filter((one) => one.source_matchers[0] === source);
        };
        expect(of("HighErrorRateCritical")).to.deep.equal([
            {
                source_matchers: ['alertname="HighErrorRateCritical"', 'severity="critical"'],
                target_matchers: ['alertname="HighErrorRate"'],
                equal: ["cluster", "namespace", "job"],
            },
        ]);
        // A warning silences nothing that a stack file has made critical.
        expect(of("NodeFilesystemAlmostOutOfSpace")).to.deep.equal([
            {
                source_matchers: ['alertname="NodeFilesystemAlmostOutOfSpace"', 'severity="warning"'],
                target_matchers: ['alertname="NodeFilesystemSpaceFillingUp"', 'severity=~"warning|info"'],
                equal: ["cluster", "instance", "device", "mountpoint"],
            },
        ]);
        const all = alertmanagerConfig(settings()).inhibit_rules;
        expect(all).to.have.length(3 + escalationEntries.length);
        expect(all.filter(({ equal }) => !equal.includes("cluster"))).to.deep.equal([]);
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

    it("U-42: gives each kind of receiver its secrets as files, and nothing of them itself", () => {
        const files = { a: "/etc/alertmanager/secrets/receiver-a/a" };
        const of = (receiver: ReceiverInput, its: SecretFiles) => {
            const { receivers } = alertmanagerConfig(settings({ receivers: { a: receiver } }), {
                receivers: { a: its },
            });
            return receivers.find(({ name }) => name === "a");
        };
        const message = { title: '{{ template "perch.title" . }}', text: '{{ template "perch.text" . }}' };
        expect(of({ kind: "discord" }, { webhookUrl: files.a })).to.deep.equal({
            name: "a",
            discord_configs: [
                { webhook_url_file: files.a, title: message.title, message: message.text, send_resolved: true },
            ],
        });
        expect(
            of({ kind: "slack", channel: "#ops", title: "T", sendResolved: false }, { webhookUrl: files.a }),
        ).to.deep.equal({
            name: "a",
            slack_configs: [
                { api_url_file: files.a, channel: "#ops", title: "T", text: message.text, send_resolved: false },
            ],
        });
        expect(of({ kind: "teams" }, { webhookUrl: files.a })?.msteamsv2_configs).to.deep.equal([
            { webhook_url_file: files.a, ...message, send_resolved: true },
        ]);
        expect(of({ kind: "pagerDuty" }, { routingKey: files.a })?.pagerduty_configs?.[0]).to.include({
            routing_key_file: files.a,
            url: "https://events.pagerduty.com/v2/enqueue",
            description: message.title,
        });
        expect(of({ kind: "opsgenie" }, { apiKey: files.a })?.opsgenie_configs?.[0]).to.include({
            api_key_file: files.a,
            api_url: "https://api.opsgenie.com/",
        });
        expect(
            of({ kind: "telegram", chatId: -5, threadId: 2 }, { botToken: files.a })?.telegram_configs?.[0],
        ).to.include({
            bot_token_file: files.a,
            chat_id: -5,
            message_thread_id: 2,
        });
        expect(of({ kind: "pushover" }, { token: files.a, userKey: "b" })?.pushover_configs?.[0]).to.include({
            token_file: files.a,
            user_key_file: "b",
        });
    });

    it("sends Telegram headline and text as one message, or what the settings have in place of both", () => {
        const receivers = {
            house: { kind: "telegram", chatId: -5 },
            own: { kind: "telegram", chatId: -5, text: "T" },
        } as const;
        const [, house, own] = alertmanagerConfig(settings({ receivers })).receivers;
        expect(house?.telegram_configs?.[0]).to.include({
            message: '{{ template "perch.title" . }}\n{{ template "perch.text" . }}',
        });
        expect(own?.telegram_configs?.[0]).to.include({ message: "T" });
    });

    it("calls PagerDuty and Opsgenie where the account is", () => {
        const receivers = {
            pager: { kind: "pagerDuty", apiUrl: "https://events.eu.pagerduty.com/v2/enqueue" },
            genie: { kind: "opsgenie", apiUrl: "https://api.eu.opsgenie.com/" },
        } as const;
        const [, pager, genie] = alertmanagerConfig(settings({ receivers })).receivers;
        expect(pager?.pagerduty_configs?.[0]).to.include({ url: receivers.pager.apiUrl });
        expect(genie?.opsgenie_configs?.[0]).to.include({ api_url: receivers.genie.apiUrl });
    });

    it("calls the dead man's switch again and again, and tells nobody else of its alert", () => {
        const heartbeat = settings({ ...mail, deadMansSwitch: { kind: "heartbeat", interval: "2m" } });
        const { route, receivers } = alertmanagerConfig(heartbeat, { deadMansSwitchUrlFile: "/url" });
        expect(route.routes?.[0]).to.deep.equal({
            receiver: "dead-mans-switch",
            matchers: ['alertname="Watchdog"'],
            group_wait: "0s",
            group_interval: "2m",
            repeat_interval: "96s",
        });
        expect(receivers).to.deep.include({
            name: "dead-mans-switch",
            webhook_configs: [{ url_file: "/url", send_resolved: false }],
        });
        expect(receiversOf(routeTree(heartbeat), { alertname: "Watchdog", severity: "critical" })).to.deep.equal([
            "dead-mans-switch",
        ]);
        expect(receiversOf(routeTree(settings(mail)), { alertname: "Watchdog" })).to.deep.equal(["null"]);
    });

    it("calls a webhook as it wants to be called", () => {
        const of = (receiver: Omit<Extract<ReceiverInput, { kind: "webhook" }>, "kind">, its: SecretFiles) =>
            alertmanagerConfig(settings({ receivers: { a: { kind: "webhook", ...receiver } } }), {
                receivers: { a: its },
            }).receivers[1]?.webhook_configs;
        const rest = { timeout: "10s", max_alerts: 0, send_resolved: true };
        expect(of({}, { url: "/u" })).to.deep.equal([{ url_file: "/u", ...rest }]);
        const url = "http://bridge.tools.svc:8080/hook";
        expect(of({ url, login: { kind: "bearer" }, caCertificate }, { token: "/t" })).to.deep.equal([
            {
                url,
                ...rest,
                http_config: {
                    authorization: { type: "Bearer", credentials_file: "/t" },
                    tls_config: { ca: caCertificate },
                },
            },
        ]);
        expect(of({ url, login: { kind: "basic", username: "me" } }, { password: "/p" })).to.deep.equal([
            { url, ...rest, http_config: { basic_auth: { username: "me", password_file: "/p" } } },
        ]);
    });

    it("calls the ports of its receivers, each once", () => {
        const ports = (receivers: Record<string, ReceiverInput>) => receiverPorts(settings({ receivers }));
        expect(ports({ a: { kind: "email", to: ["a@example.com"] } })).to.deep.equal([]);
        expect(
            ports({
                a: { kind: "discord" },
                b: { kind: "webhook", url: "http://b.example.com/" },
                c: { kind: "webhook", url: "https://c.example.com:8443/x" },
                d: { kind: "webhook" },
                e: { kind: "webhook", url: "http://bridge.tools.svc/", port: 9000 },
                f: { kind: "pagerDuty", apiUrl: "https://pagerduty.example.com:9443/v2/enqueue" },
                g: { kind: "opsgenie", apiUrl: "https://opsgenie.example.com:9444/" },
            }),
        ).to.deep.equal([80, 443, 8443, 9000, 9443, 9444]);
    });

    it("reads Perch's templates before those of the settings, which may define them anew", () => {
        const own = settings({ templates: { own: '{{ define "perch.title" }}x{{ end }}' } });
        expect(alertmanagerConfig(own, { templates: "/etc/alertmanager/config" }).templates).to.deep.equal([
            "/etc/alertmanager/config/perch.tmpl",
            "/etc/alertmanager/config/own-own.tmpl",
        ]);
    });
});

describe("The route tree", () => {
    const tree = routeTree(
        settings({
            receivers: Object.fromEntries(
                ["all", "log", "pager", "shop", "night"].map((name) => [name, { kind: "discord" }]),
            ),
            defaultReceiver: "all",
            routes: [
                { receiver: "log", continue: true, labels: { team: ["shop", "pay"] } },
                {
                    receiver: "pager",
                    severity: ["critical"],
                    routes: [
                        { receiver: "shop", namespace: ["shop"] },
                        { receiver: "night", namespace: ["batch"], continue: true },
                    ],
                },
            ],
        }),
    );
    const cases: [Record<string, string>, string[]][] = [
        [{}, ["all"]],
        [{ severity: "warning" }, ["all"]],
        [{ severity: "critical" }, ["pager"]],
        [{ severity: "critical", namespace: "shop" }, ["shop"]],
        [{ severity: "critical", namespace: "batch" }, ["night"]],
        [{ team: "pay" }, ["log"]],
        [{ team: "pay", severity: "critical" }, ["log", "pager"]],
        [{ team: "pay", severity: "critical", namespace: "shop" }, ["log", "shop"]],
        [{ alertname: "InfoInhibitor", severity: "critical" }, ["null"]],
    ];
    for (const [labels, receivers] of cases) {
        it(`sends ${JSON.stringify(labels)} to ${receivers.join(" and ")}`, () => {
            expect(receiversOf(tree, labels)).to.deep.equal(receivers);
        });
    }
});
