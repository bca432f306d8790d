import { expect } from "chai";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { alertmanagerConfig, alertmanagerConfigText } from "../../components/alerting/alertmanager-config";
import { receiversOf, routeTree } from "../../components/alerting/route-tree";
import { templateFiles } from "../../components/alerting/templates";
import { escalationEntries } from "../../config/escalations";
import { jobNames } from "../../config/jobs";
import { profileNames } from "../../config/profiles";
import { profileReceiverSecrets } from "../../config/profiles/secrets";
import { type AlertmanagerSettings, receiverSecrets } from "../../config/schema";
import { everything, ruleFamilies, ruleFile } from "../../rules";
import { alertmanagerSettings, type RouteInput } from "../components/alerting/settings";
import { caCertificate } from "../support/certificates";
import { answered, settingsOf } from "../support/config";
import { check, refusal } from "./support/check";

const required = { cluster: { name: "test" }, grafana: { host: "grafana.example.com" } };
/** Inhibit rules of Perch's own: by severity, by InfoInhibitor, and one for each alert that escalates others. */
const own = 3 + escalationEntries.length;
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

/** Every kind of receiver with every one of its settings. */
const everyKind = {
    smtp: mail.smtp,
    receivers: {
        mail: { kind: "email", to: ["a@example.com"], sendResolved: false },
        discord: { kind: "discord", title: "{{ .Status }}", text: '{{ template "own.text" . }}' },
        slack: { kind: "slack", channel: "#ops" },
        "slack-plain": { kind: "slack" },
        pagerduty: { kind: "pagerDuty" },
        "pagerduty-eu": { kind: "pagerDuty", apiUrl: "https://events.eu.pagerduty.com/v2/enqueue" },
        opsgenie: { kind: "opsgenie", apiUrl: "https://api.eu.opsgenie.com/" },
        webhook: { kind: "webhook" },
        bridge: {
            kind: "webhook",
            url: "https://bridge.example.com/hook",
            login: { kind: "bearer" },
            timeout: "5s",
            maxAlerts: 10,
            caCertificate,
        },
        basic: { kind: "webhook", login: { kind: "basic", username: "me" } },
        telegram: { kind: "telegram", chatId: -1001234567890, threadId: 7 },
        teams: { kind: "teams" },
        pushover: { kind: "pushover" },
    },
    deadMansSwitch: { kind: "heartbeat", interval: "2m" },
    defaultReceiver: "mail",
    routes: [
        { receiver: "discord", severity: ["info"], continue: true, muteTimeIntervals: ["nights"] },
        {
            receiver: "slack",
            labels: { team: ["shop"] },
            groupBy: ["cluster", "service"],
            groupWait: "5s",
            groupInterval: "1m",
            activeTimeIntervals: ["office"],
            routes: [{ receiver: "pagerduty", severity: ["critical"] }],
        },
    ],
    timeIntervals: {
        nights: {
            location: "Europe/Berlin",
            intervals: [
                {
                    times: [
                        { from: "22:00", to: "24:00" },
                        { from: "00:00", to: "06:00" },
                    ],
                    daysOfMonth: ["1:7", "-3:-1"],
                    months: ["june:august", "december"],
                },
            ],
        },
        office: { intervals: [{ weekdays: ["monday:friday"], times: [{ from: "08:30", to: "17:00" }] }] },
    },
    inhibitRules: [{ source: { alertname: ["NodeDown"] }, target: { severity: ["warning", "info"] } }],
    templates: { own: '{{ define "own.text" }}{{ len .Alerts }} alerts{{ end }}' },
} satisfies Parameters<typeof alertmanagerSettings>[0];

/** Paths as in the pods for every secret that the receivers have; templates beside the configuration. */
function render(settings: AlertmanagerSettings): string {
    const path = (receiver: string, field: string) => `/etc/alertmanager/secrets/receiver-${receiver}/${field}`;
    return alertmanagerConfigText(settings, {
        smtpPasswordFile: "/etc/alertmanager/secrets/smtp-password/password",
        deadMansSwitchUrlFile: "/etc/alertmanager/secrets/dead-mans-switch/url",
        receivers: Object.fromEntries(
            Object.entries(settings.receivers).map(([name, receiver]) => [
                name,
                Object.fromEntries(receiverSecrets(receiver).map((field) => [field, path(name, field)])),
            ]),
        ),
    });
}

const files = (settings: AlertmanagerSettings) => ({
    "alertmanager.yaml": render(settings),
    ...Object.fromEntries(templateFiles(settings.templates)),
});

function checkConfig(settings: AlertmanagerSettings): Promise<string> {
    return check("amtool", ["check-config", "alertmanager.yaml"], files(settings));
}

/** Who is told of each of these alerts, by the real program. */
async function receiversByAmtool(
    settings: AlertmanagerSettings,
    alerts: readonly Readonly<Record<string, string>>[],
): Promise<string[][]> {
    const said = await Promise.all(
        alerts.map((labels) =>
            check(
                "amtool",
                [
                    ...["config", "routes", "test", "--config.file=alertmanager.yaml"],
                    ...Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`),
                ],
                files(settings),
            ),
        ),
    );
    return said.map((line) => line.trim().split(","));
}

async function receiverOf(labels: Record<string, string>): Promise<string | undefined> {
    const [receivers] = await receiversByAmtool(alertmanagerSettings(mail), [labels]);
    return receivers?.join(",");
}

/** A message about these alerts, with Perch's templates. */
function rendered(text: string, data: object, type: "text" | "html" = "text"): Promise<string> {
    return check(
        "amtool",
        [
            ...["template", "render", "--template.glob=*.tmpl", "--template.data=data.json"],
            ...[`--template.type=${type}`, `--template.text=${text}`],
        ],
        { ...Object.fromEntries(templateFiles({})), "data.json": JSON.stringify(data) },
    );
}

/** What Alertmanager tells of an alert that fires and of one that has ended. */
const twoAlerts = {
    status: "firing",
    alerts: [
        {
            status: "firing",
            labels: { alertname: "Full" },
            annotations: {
                summary: "Volume <a> is full",
                description: "It has 1 % left.",
                runbook_url: "https://example.com/Full",
            },
        },
        { status: "resolved", labels: { alertname: "Other" }, annotations: {} },
    ],
    commonLabels: { alertname: "Full", severity: "critical", namespace: "shop", cluster: "prod" },
};

const names = ["a", "b", "c"];
/** Few values, so that routes and alerts meet, some of them with what regular expressions and quotes make of them. */
const value = fc.constantFrom("shop", "a.b", "axb", 'quo"te', "back\\slash", "pi|pe", "new\nline", "ä", "{x}");
const values = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
const severity = fc.constantFrom("critical" as const, "warning" as const, "info" as const);
const { routes } = fc.letrec<{ route: RouteInput; routes: RouteInput[] }>((tie) => ({
    routes: fc.array(tie("route"), { maxLength: 3, depthIdentifier: "route" }),
    route: fc.record(
        {
            receiver: fc.constantFrom(...names),
            severity: fc.uniqueArray(severity, { minLength: 1, maxLength: 2 }),
            namespace: values,
            labels: fc.record({ team: values, app_name: values }, { requiredKeys: [] }),
            continue: fc.boolean(),
            routes: tie("routes"),
        },
        { requiredKeys: ["receiver"] },
    ),
}));
const alert = fc.record(
    {
        alertname: fc.constantFrom("Some", "InfoInhibitor", "Watchdog"),
        severity: fc.oneof(severity, fc.constant("none")),
        namespace: value,
        team: value,
        app_name: value,
    },
    { requiredKeys: ["alertname"] },
);

describe("Alertmanager's configuration, as amtool sees it", function () {
    this.timeout(120_000);

    for (const profile of profileNames) {
        it(`is accepted for profile ${profile}, where there is one`, async () => {
            const { alerting } = settingsOf(answered({ profile, ...required }), [
                ...keys,
                ...profileReceiverSecrets(profile),
            ]);
            if (alerting.kind === "none") {
                expect(profile).to.equal("severed");
            } else {
                expect(await checkConfig(alerting)).to.include("SUCCESS");
            }
        });
    }

    it("K-77: is accepted with every kind of receiver and route", async () => {
        const said = await checkConfig(alertmanagerSettings(mail));
        expect(said).to.include("SUCCESS").and.include("3 receivers").and.include(`${own} inhibit rules`);
    });

    it("U-34: is accepted with every kind of receiver, and everything that a route may say", async () => {
        const said = await checkConfig(alertmanagerSettings(everyKind));
        expect(said)
            .to.include("SUCCESS")
            .and.include("15 receivers")
            .and.include(`${own + 1} inhibit rules`);
        expect(said).to.include("2 templates");
    });

    it("always has an alert for the dead man's switch, as promtool sees it", async () => {
        const settings = everything();
        const families = ruleFamilies(settings, jobNames(settings.metrics));
        const { groups } = families.find(({ name }) => name === "dead-mans-switch") ?? { groups: [] };
        const labels = { alertname: "Watchdog", alertstate: "firing", severity: "none" };
        const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
        const files = (value: number) => ({
            "rules.yaml": stringify(ruleFile(groups)),
            "test.yaml": stringify({
                rule_files: ["rules.yaml"],
                tests: ["0m", "1m", "3d"].map((eval_time) => ({
                    promql_expr_test: [
                        {
                            expr: 'ALERTS{alertstate="firing"}',
                            eval_time,
                            exp_samples: [{ labels: `ALERTS{${text.join(",")}}`, value }],
                        },
                    ],
                })),
            }),
        });
        await check("promtool", ["test", "rules", "test.yaml"], files(1));
        expect(await refusal(check("promtool", ["test", "rules", "test.yaml"], files(0)))).to.include("Watchdog");
    });

    it("would be refused with a receiver that has no secret", async () => {
        const text = alertmanagerConfigText(alertmanagerSettings({ ...everyKind, deadMansSwitch: { kind: "none" } }));
        const said = refusal(check("amtool", ["check-config", "a.yaml"], { "a.yaml": text }));
        expect(await said).to.match(/webhook_url/);
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

    it("sends an alert to whom the evaluator of the tests says, whatever the tree", async () => {
        await fc.assert(
            fc.asyncProperty(routes, fc.array(alert, { minLength: 4, maxLength: 6 }), async (tree, alerts) => {
                const settings = alertmanagerSettings({
                    receivers: Object.fromEntries(names.map((name) => [name, { kind: "discord" as const }])),
                    defaultReceiver: "a",
                    routes: tree,
                });
                const evaluated = alerts.map((labels) => receiversOf(routeTree(settings), labels));
                expect(await receiversByAmtool(settings, alerts)).to.deep.equal(evaluated);
            }),
            { numRuns: 25 },
        );
    });

    it("writes messages that say what is wrong, where, and what to do", async () => {
        const title = '{{ template "perch.title" . }}';
        const text = '{{ template "perch.text" . }}';
        expect(await rendered(title, twoAlerts)).to.equal("[FIRING:1] critical Full in shop (prod)");
        expect(await rendered(title, { ...twoAlerts, status: "resolved", commonLabels: {} })).to.equal(
            "[RESOLVED] 2 alerts",
        );
        const lines = "\nIt has 1 % left.\nWhat to do: https://example.com/Full\n\nResolved: Other\n\n";
        expect(await rendered(text, twoAlerts)).to.equal(`Volume <a> is full${lines}`);
        expect(await rendered(text, twoAlerts, "html")).to.equal(`Volume &lt;a&gt; is full${lines}`);
    });

    it("tells Telegram how bad it is and where, above what is wrong", async () => {
        const { receivers } = alertmanagerConfig(alertmanagerSettings(everyKind));
        const message = receivers.find(({ name }) => name === "telegram")?.telegram_configs?.[0]?.message;
        expect(await rendered(String(message), twoAlerts, "html")).to.match(
            /^\[FIRING:1\] critical Full in shop \(prod\)\nVolume &lt;a&gt; is full\nIt has 1 % left\.\n/,
        );
    });

    it("gives each service a severity that it knows", async () => {
        const { receivers } = alertmanagerConfig(alertmanagerSettings(everyKind));
        const templateOf = (receiver: string, key: string) =>
            Object.values(receivers.find(({ name }) => name === receiver) ?? {})
                .flatMap((notifiers) => (Array.isArray(notifiers) ? (notifiers as Record<string, string>[]) : []))
                .map((notifier) => notifier[key] ?? "")
                .join();
        const said = (text: string, severity: string) =>
            check(
                "amtool",
                ["template", "render", `--template.text=${text}`, "--template.glob=*.tmpl", "--template.data=d.json"],
                {
                    ...Object.fromEntries(templateFiles({})),
                    "d.json": JSON.stringify({ status: "firing", commonLabels: { severity } }),
                },
            );
        const table = await Promise.all(
            ["critical", "warning", "info", "none"].map((severity) =>
                Promise.all([
                    said(templateOf("pagerduty", "severity"), severity),
                    said(templateOf("opsgenie", "priority"), severity),
                    said(templateOf("pushover", "priority"), severity),
                ]),
            ),
        );
        expect(table).to.deep.equal([
            ["critical", "P1", "2"],
            ["warning", "P3", "0"],
            ["info", "P5", "0"],
            ["error", "P3", "0"],
        ]);
    });
});
