import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { loadSettings } from "../../config/load";
import { receiverSecrets, settingsSchema } from "../../config/schema";
import { answered, configSource } from "../support/config";
import { neededSecrets, problemsOf, required, type StackFile } from "./settings";

const chat = { kind: "discord" };
const run = (key: string) => `run: pulumi config set --secret perch:${key} --stack prod`;
const chatUrl = "receiver.chat.webhookUrl" as const;

/** The message for profile standard with these settings of alerts, without the namespace; secrets as named. */
function problems(alerting: object, secrets: readonly string[] = [], more: StackFile = {}): string[] {
    const keys = [...neededSecrets, ...secrets];
    const values = Object.fromEntries(keys.map((key) => [key, "x"]));
    return problemsOf({ ...values, alerting, ...more }, keys).map((line) => line.replace(/^perch:/, ""));
}

/** The same with a receiver `chat` that everything goes to. */
const withChat = (alerting: object) =>
    problems({ receivers: { chat }, defaultReceiver: "chat", ...alerting }, [
        chatUrl,
        ...("deadMansSwitch" in alerting ? ["deadMansSwitchUrl"] : []),
    ]);

const night = { times: [{ from: "22:00", to: "06:00" }] };
const routed = (...routes: object[]) => ({ routes: routes.map((route) => ({ receiver: "chat", ...route })) });

/** What is broken beside a receiver `chat`, the settings that break it, the one message that follows. */
const refused: [string, object, string][] = [
    ...(["groupInterval", "repeatInterval"] as const).map((field): [string, object, string] => [
        `no time at all: ${field}`,
        { [field]: "0s" },
        `alerting.${field}: got "0s"; expected 1s or more`,
    ]),
    [
        "no time at all, for a route",
        routed({ repeatInterval: "0s" }),
        'alerting.routes[0].repeatInterval: got "0s"; expected 1s or more',
    ],
    [
        "no time at all between the calls of the dead man's switch",
        { deadMansSwitch: { kind: "heartbeat", interval: "0m" } },
        'alerting.deadMansSwitch.interval: got "0m"; expected 1s or more',
    ],
    [
        "to say again what is forgotten by then",
        { repeatInterval: "7d" },
        'alerting.repeatInterval: got "7d"; expected at most alerting.retention, which is 120h: what was sent is forgotten then',
    ],
    [
        "to say again what is forgotten by then, for a route",
        { retention: "1h", repeatInterval: "1h", ...routed({ repeatInterval: "2h" }) },
        'alerting.routes[0].repeatInterval: got "2h"; expected at most alerting.retention, which is 1h: what was sent is forgotten then',
    ],
    [
        "a route inside of a route to nobody",
        routed({ severity: ["critical"], routes: [{ receiver: "chatt" }] }),
        'alerting.routes[0].routes[0].receiver: got "chatt"; expected chat; did you mean chat?',
    ],
    [
        "a misspelt key inside of a route's route",
        routed({ routes: [{ receiver: "chat", namespaces: ["a"] }] }),
        "alerting.routes[0].routes[0].namespaces: unknown key; did you mean perch:alerting.routes[0].routes[0].namespace?",
    ],
    [
        "a severity that no alert has",
        routed({ severity: ["high"] }),
        'alerting.routes[0].severity[0]: got "high"; expected critical, warning or info',
    ],
    [
        "a receiver with the name of the program's own",
        {
            receivers: { chat, null: { kind: "email", to: ["a@example.com"] } },
            smtp: { host: "a.example", from: "a@a.example" },
        },
        "alerting.receivers.null: the name is that of a receiver of the program's own; expected another",
    ],
    [
        "a route after one that takes all of its alerts",
        routed({ severity: ["critical", "warning"] }, { severity: ["warning"], namespace: ["shop"] }),
        "alerting.routes[1]: is never reached: alerting.routes[0] takes all of its alerts; put it first, or set continue: true there",
    ],
    [
        "a route after one without conditions, a level down",
        routed({ severity: ["critical"], routes: [{ receiver: "chat" }, { receiver: "chat", namespace: ["shop"] }] }),
        "alerting.routes[0].routes[1]: is never reached: alerting.routes[0].routes[0] takes all of its alerts; " +
            "put it first, or set continue: true there",
    ],
    [
        "a route inside of one that takes no alert of its severity",
        routed({ severity: ["critical"], routes: [{ receiver: "chat", severity: ["warning"] }] }),
        "alerting.routes[0].routes[0]: is never reached: the routes around it take only alerts with severity critical",
    ],
    [
        "a route two levels inside of one that takes no alert of its label",
        routed({
            labels: { team: ["shop", "pay"] },
            routes: [
                { receiver: "chat", severity: ["info"], routes: [{ receiver: "chat", labels: { team: ["ops"] } }] },
            ],
        }),
        "alerting.routes[0].routes[0].routes[0]: is never reached: the routes around it take only alerts with team shop or pay",
    ],
    [
        "a route after one that takes all that the route around both takes",
        routed({
            severity: ["critical"],
            routes: [
                { receiver: "chat", severity: ["critical"] },
                { receiver: "chat", namespace: ["shop"] },
            ],
        }),
        "alerting.routes[0].routes[1]: is never reached: alerting.routes[0].routes[0] takes all of its alerts; " +
            "put it first, or set continue: true there",
    ],
    [
        "a route inside of one whose alerts another before that takes",
        routed({ severity: ["critical"] }, { routes: [{ receiver: "chat", severity: ["critical"] }] }),
        "alerting.routes[1].routes[0]: is never reached: alerting.routes[0] takes all of its alerts; " +
            "put it first, or set continue: true there",
    ],
    [
        "a route that is never reached, once, whatever is inside of it",
        routed({}, { namespace: ["shop"], routes: [{ receiver: "chat", severity: ["critical"] }] }),
        "alerting.routes[1]: is never reached: alerting.routes[0] takes all of its alerts; put it first, or set continue: true there",
    ],
    [
        "a route for alerts that have one of the program's own",
        routed({ labels: { alertname: ["Watchdog"] } }),
        "alerting.routes[0]: is never reached: Watchdog and InfoInhibitor are routed by the program itself",
    ],
    [
        "a severity among the other labels",
        routed({ labels: { severity: ["critical"] } }),
        "alerting.routes[0].labels.severity: has a key of its own: alerting.routes[0].severity",
    ],
    [
        "groups of alerts of several clusters",
        { groupBy: ["namespace"] },
        "alerting.groupBy: got a list; expected cluster among the labels: without it alerts of two clusters would come as one notification",
    ],
    [
        "groups of a route of alerts of several clusters",
        routed({ groupBy: ["alertname"] }),
        "alerting.routes[0].groupBy: got a list; expected cluster among the labels: without it alerts of two clusters would come as one notification",
    ],
    [
        "an alert of one cluster that silences another's",
        { inhibitRules: [{ source: { a: ["x"] }, target: { b: ["y"] }, equal: ["namespace"] }] },
        "alerting.inhibitRules[0].equal: got a list; expected cluster among the labels: without it an alert of one cluster would silence those of another",
    ],
    [
        "a label that can't be one",
        routed({ labels: { "app.kubernetes.io/name": ["x"] } }),
        'alerting.routes[0].labels["app.kubernetes.io/name"]: the name isn\'t valid; expected the name of a label, such as severity or namespace',
    ],
    [
        "times of an unknown name",
        {
            ...routed({ muteTimeIntervals: ["wekend"] }),
            timeIntervals: { weekend: { intervals: [{ weekdays: ["saturday"] }] } },
        },
        'alerting.routes[0].muteTimeIntervals[0]: got "wekend"; expected weekend; did you mean weekend?',
    ],
    [
        "times where there are none",
        routed({ activeTimeIntervals: ["office"] }),
        'alerting.routes[0].activeTimeIntervals[0]: got "office"; expected a name of alerting.timeIntervals, which has none',
    ],
    [
        "a night as one time",
        { timeIntervals: { night: { intervals: [night] } } },
        'alerting.timeIntervals.night.intervals[0].times[0].to: got "06:00"; expected a time after 22:00; ' +
            "a night is two of them: to 24:00, and from 00:00",
    ],
    [
        "an interval that says nothing",
        { timeIntervals: { never: { intervals: [{}] } } },
        "alerting.timeIntervals.never.intervals[0]: says nothing; expected weekdays, times, daysOfMonth or months",
    ],
    [
        "days in the wrong order",
        { timeIntervals: { weekend: { intervals: [{ weekdays: ["saturday:sunday"] }] } } },
        'alerting.timeIntervals.weekend.intervals[0].weekdays[0]: got "saturday:sunday"; ' +
            "expected the name of a day or a range of them in their order, such as saturday or monday:friday",
    ],
    ...["25:5", "-1:5", "10:-25", "32", "0"].map((days): [string, object, string] => [
        `days of the month that Alertmanager doesn't take: ${days}`,
        { timeIntervals: { payday: { intervals: [{ daysOfMonth: [days] }] } } },
        `alerting.timeIntervals.payday.intervals[0].daysOfMonth[0]: got "${days}"; expected a day of the month or a range of ` +
            "them in their order, from the end with a minus, such as 1:7 or -1",
    ]),
    ...["europe/berlin", "utc", "+01:00", "us/eastern"].map((location): [string, object, string] => [
        `a time zone that Alertmanager doesn't know by that name: ${location}`,
        { timeIntervals: { weekend: { location, intervals: [{ weekdays: ["saturday"] }] } } },
        `alerting.timeIntervals.weekend.location: got "${location}"; expected the name of a time zone, such as Europe/Berlin or UTC`,
    ]),
    [
        "a URL whose port is none",
        { receivers: { chat, hook: { kind: "webhook", url: "https://hooks.example.com:70000/x" } } },
        'alerting.receivers.hook.url: got "https://hooks.example.com:70000/x"; ' +
            "expected a URL without login or query (a URL with either is a secret), such as https://hooks.example.com/alerts",
    ],
    [
        "a time zone that isn't one",
        { timeIntervals: { weekend: { location: "Berlin", intervals: [{ weekdays: ["saturday"] }] } } },
        'alerting.timeIntervals.weekend.location: got "Berlin"; expected the name of a time zone, such as Europe/Berlin or UTC',
    ],
    [
        "a template that nobody defines",
        { receivers: { chat: { ...chat, title: '{{ template "perch.titel" . }}' } } },
        'alerting.receivers.chat.title: uses the template "perch.titel", which nothing defines; ' +
            "expected perch.title or perch.text, or one of Alertmanager's own; did you mean perch.title?",
    ],
    [
        "a template that a template of one's own doesn't find",
        { templates: { own: '{{ define "own.title" }}{{ template "own.titel" . }}{{ end }}' } },
        'alerting.templates.own: uses the template "own.titel", which nothing defines; ' +
            "expected perch.title, perch.text or own.title, or one of Alertmanager's own; did you mean own.title?",
    ],
    [
        "a webhook with a login in its URL",
        { receivers: { chat, hook: { kind: "webhook", url: "https://me:pass@example.com/x" } } },
        'alerting.receivers.hook.url: got "https://***@example.com/x"; ' +
            "expected a URL without login or query (a URL with either is a secret), such as https://hooks.example.com/alerts",
    ],
    [
        "a receiver of an unknown kind",
        { receivers: { chat: { kind: "pagerduty" } } },
        'alerting.receivers.chat.kind: got "pagerduty"; ' +
            "expected email, discord, slack, pagerDuty, opsgenie, webhook, telegram, teams or pushover; did you mean pagerDuty?",
    ],
];

describe("settings of alerts", () => {
    for (const [what, alerting, message] of refused) {
        it(`refuse ${what}`, () => {
            expect(withChat(alerting)).to.deep.equal([message]);
        });
    }

    const taken: [string, object][] = [
        [
            "a part of what the route around it takes",
            routed({
                severity: ["critical", "warning"],
                routes: [{ receiver: "chat", severity: ["warning", "info"] }, { receiver: "chat" }],
            }),
        ],
        [
            "another label than the route around it",
            routed({ severity: ["critical"], routes: [{ receiver: "chat", namespace: ["shop"] }] }),
        ],
        [
            "what one before it takes and hands on",
            routed(
                { severity: ["critical"], continue: true },
                { routes: [{ receiver: "chat", severity: ["critical"], continue: true }, { receiver: "chat" }] },
            ),
        ],
        [
            "what one of another route takes",
            routed(
                { namespace: ["shop"], routes: [{ receiver: "chat", severity: ["critical"] }] },
                { severity: ["critical"] },
            ),
        ],
        ["alerts of the program's own beside others", routed({ labels: { alertname: ["Watchdog", "DiskSlow"] } })],
    ];
    for (const [what, alerting] of taken) {
        it(`let a route take ${what}`, () => {
            expect(withChat(alerting)).to.deep.equal([]);
        });
    }

    it("are taken with every kind of route, time and template", () => {
        const alerting = {
            routes: [
                { receiver: "chat", continue: true },
                {
                    receiver: "chat",
                    severity: ["critical"],
                    labels: { team: ["shop", "pay"] },
                    groupBy: ["cluster", "alertname"],
                    muteTimeIntervals: ["nights"],
                    routes: [{ receiver: "chat", namespace: ["kube-system"] }],
                },
            ],
            timeIntervals: {
                nights: {
                    location: "Europe/Berlin",
                    intervals: [
                        {
                            weekdays: ["monday:friday", "sunday"],
                            times: [
                                { from: "22:00", to: "24:00" },
                                { from: "00:00", to: "06:00" },
                            ],
                            daysOfMonth: ["1:7", "-1"],
                            months: ["june:august", "december"],
                        },
                    ],
                },
            },
            inhibitRules: [{ source: { alertname: ["NodeDown"] }, target: { severity: ["warning"] } }],
            templates: { own: '{{ define "own.title" }}{{ template "__subject" . }}{{ end }}' },
        };
        expect(withChat(alerting)).to.deep.equal([]);
    });
});

describe("a dead man's switch", () => {
    const asked =
        "alerting.deadMansSwitch: missing; expected who notices that this monitoring is dead: the URL of a check outside " +
        "of the cluster that rings when it isn't called (pulumi config set --secret perch:deadMansSwitchUrl --stack prod), " +
        "or kind none";
    const unanswered = { deadMansSwitch: undefined };
    const url = "deadMansSwitchUrl";

    it("is asked for wherever an Alertmanager is there to call it, whatever the data is worth", () => {
        expect(problems(unanswered)).to.deep.equal([asked]);
        expect(problems(unanswered, [], { platform: { protectData: false } })).to.deep.equal([asked]);
        expect(problems({ kind: "none" })).to.deep.equal([]);
    });

    it("may be none, in so many words", () => {
        expect(problems({ deadMansSwitch: { kind: "none" } })).to.deep.equal([]);
        expect(problems({ deadMansSwitch: "none" })).to.deep.equal([
            'alerting.deadMansSwitch: got "none"; expected an object',
        ]);
    });

    it("is there once its URL is in the stack file", () => {
        expect(problems(unanswered, [url])).to.deep.equal([]);
        const { alerting } = loadSettings(configSource(required, [...neededSecrets, url]), "prod");
        expect(alerting).to.deep.include({ deadMansSwitch: { kind: "heartbeat", interval: "1m", port: 443 } });
    });

    it("has its URL from one place", () => {
        const heartbeat = { deadMansSwitch: { kind: "heartbeat" } };
        const secrets = { deadMansSwitchUrl: { kind: "existing", name: "check" } };
        expect(problems(heartbeat)).to.deep.equal([`${url}: missing; alerting.deadMansSwitch calls it; ${run(url)}`]);
        expect(problems(heartbeat, [], { secrets })).to.deep.equal([]);
        expect(problems(heartbeat, [url], { secrets })).to.deep.equal([
            `${url}: is given, but secrets.deadMansSwitchUrl.kind is existing; remove one of them`,
        ]);
        expect(problems({ deadMansSwitch: { kind: "none" } }, [url])).to.deep.equal([
            `${url}: is given, but alerting.deadMansSwitch.kind is none; remove one of them`,
        ]);
    });

    it("V-13: has its URL nowhere in plain text", () => {
        expect(problems(unanswered, [], { [url]: "https://hunter2" })).to.include(
            `${url}: isn't encrypted in the stack file; choose a new value and ${run(url)}`,
        );
        expect(problems({ deadMansSwitch: { kind: "heartbeat", url: "https://hunter2" } }, [url])).to.deep.equal([
            "alerting.deadMansSwitch.url: unknown key; known are kind, interval, port",
        ]);
    });
});

describe("service level objectives", () => {
    const slo = {
        service: "shop",
        objective: 99.9,
        errors: 'sum(rate(http_requests_total{code=~"5.."}[{window}]))',
        total: "sum(rate(http_requests_total[{window}]))",
    };
    const long = { metrics: { retention: "3d" } };
    const wrongSlos: [string, object, string][] = [
        [
            "an objective of everything",
            { ...slo, objective: 100 },
            "slos.orders.objective: got 100; expected a percentage above 0 and below 100, such as 99.9",
        ],
        [
            "a query without a window",
            { ...slo, total: "sum(rate(http_requests_total[5m]))" },
            'slos.orders.total: got "sum(rate(http_requests_total[5m]))"; expected PromQL with the window as [{window}], ' +
                "such as sum(rate(http_requests_total[{window}]))",
        ],
        [
            "a query without its last bracket",
            { ...slo, errors: slo.errors.slice(0, -1) },
            `slos.orders.errors: got ${JSON.stringify(slo.errors.slice(0, -1))}; expected PromQL: something lacks at its end`,
        ],
        [
            "a query that isn't PromQL",
            { ...slo, total: "sum(rate(shop_total[{window}])) by job, code" },
            'slos.orders.total: got "sum(rate(shop_total[{window}])) by job, code"; expected PromQL: it ends before "job, code"',
        ],
        [
            "a query with a comment that would hide what comes after it",
            { ...slo, total: `${slo.total} # all` },
            'slos.orders.total: got "sum(rate(http_requests_total[{window}])) # all"; expected no comment at its end',
        ],
        [
            "a label that has a meaning already",
            { ...slo, labels: { severity: "critical" } },
            "slos.orders.labels.severity: is a label that the program sets itself; expected another",
        ],
    ];
    for (const [what, orders, message] of wrongSlos) {
        it(`refuse ${what}`, () => {
            expect(problems({}, [], { ...long, slos: { orders } })).to.deep.equal([message]);
        });
    }

    it("refuse two whose groups would have one name", () => {
        const slos = { c: { ...slo, service: "a-b" }, "b-c": { ...slo, service: "a" } };
        expect(problems({}, [], { ...long, slos })).to.deep.equal([
            'slos.b-c.service: got "a"; expected another service or name: slos.c of a-b is a-b-c, too',
        ]);
        expect(problems({}, [], { ...long, slos: { ...slos, "b-c": { ...slo, service: "a-b" } } })).to.deep.equal([]);
    });

    it("have queries of any form, comments within them included", () => {
        const errors =
            "sum by (job) (rate(a[{window}])) # client\n + sum by (job) (rate({'b.c', code!~\"2..\"}[{window}]))";
        const total = "  sum(rate(a[{window}])) or vector(0) > 0\n";
        expect(problems({}, [], { ...long, slos: { orders: { ...slo, errors, total } } })).to.deep.equal([]);
    });

    it("need samples for the longest of their windows", () => {
        expect(problems({}, [], { slos: { orders: slo } })).to.deep.equal([
            'metrics.retention: got "2d"; expected 3d or more with slos: that is the longest window of a burn rate; or a longTerm.ruler',
        ]);
        expect(problems({}, [], { ...long, slos: { orders: slo } })).to.deep.equal([]);
    });
});

describe("secrets of receivers", () => {
    it("U-42: are missed one by one, with the command to run", () => {
        const alerting = {
            receivers: {
                chat,
                pager: { kind: "pagerDuty" },
                hook: { kind: "webhook", login: { kind: "basic", username: "me" } },
                phone: { kind: "pushover" },
            },
            defaultReceiver: "chat",
        };
        const missing = (key: string, name: string) =>
            `${key}: missing; alerting.receivers.${name} reaches nobody without it; ${run(key)}`;
        expect(problems(alerting)).to.deep.equal([
            missing(chatUrl, "chat"),
            missing("receiver.pager.routingKey", "pager"),
            missing("receiver.hook.url", "hook"),
            missing("receiver.hook.password", "hook"),
            missing("receiver.phone.token", "phone"),
            missing("receiver.phone.userKey", "phone"),
        ]);
    });

    it("aren't asked for where a Secret is there already, and refused beside it", () => {
        const alerting = { receivers: { chat }, defaultReceiver: "chat" };
        const secrets = { receivers: { chat: { kind: "existing", name: "discord" } } };
        expect(problems(alerting, [], { secrets })).to.deep.equal([]);
        expect(problems(alerting, [chatUrl], { secrets })).to.deep.equal([
            `${chatUrl}: is given, but secrets.receivers.chat.kind is existing; remove one of them`,
        ]);
    });

    it("are refused for receivers that don't exist, and under names that they don't have", () => {
        const alerting = { receivers: { chat }, defaultReceiver: "chat" };
        expect(problems(alerting, [chatUrl, "receiver.caht.webhookUrl"])).to.deep.equal([
            `receiver.caht.webhookUrl: no receiver takes it; expected a secret that one does: ${chatUrl}; did you mean ${chatUrl}?`,
        ]);
        expect(problems({}, ["receiver.chat.webhookUrl"])).to.deep.equal([
            `${chatUrl}: no receiver takes it; no receiver of alerting.receivers has a secret`,
        ]);
        const secrets = { receivers: { caht: { kind: "existing", name: "discord" } } };
        expect(problems(alerting, [chatUrl], { secrets })).to.deep.equal([
            "secrets.receivers.caht: there is no such receiver with a secret; expected a receiver that has one: chat; did you mean chat?",
        ]);
    });

    it("V-13: are refused unencrypted, and inside of the settings, with the command to run and without their value", () => {
        const alerting = { receivers: { chat }, defaultReceiver: "chat" };
        expect(problems(alerting, [], { [chatUrl]: "https://hunter2" })).to.deep.equal([
            `${chatUrl}: isn't encrypted in the stack file; choose a new value and ${run(chatUrl)}`,
        ]);
        const inside = { receivers: { chat: { ...chat, webhookUrl: "https://hunter2" } }, defaultReceiver: "chat" };
        expect(problems(inside, [chatUrl])).to.deep.equal([
            "alerting.receivers.chat.webhookUrl: looks like a secret in plain text; a secret is a key of its own: " +
                `remove this one and ${run(chatUrl)}`,
        ]);
    });

    it("U-42: are secret to the program, too", async () => {
        const source = configSource(
            answered({ ...required, alerting: { receivers: { chat }, defaultReceiver: "chat" } }),
            [...neededSecrets, chatUrl],
        );
        const { secretValues } = loadSettings(source, "prod");
        expect(await pulumi.isSecret(secretValues[chatUrl]!)).to.equal(true);
    });

    it("are those of the kind, and of how a webhook logs in", () => {
        const secretsOf = (receiver: object) => {
            const { alerting } = settingsSchema.parse({
                cluster: { name: "test" },
                alerting: { kind: "alertmanager", receivers: { one: receiver } },
            });
            return alerting.kind === "none" ? [] : Object.values(alerting.receivers).map(receiverSecrets).flat();
        };
        const url = "https://hooks.example.com/";
        expect(
            [
                { kind: "email", to: ["a@example.com"] },
                { kind: "slack" },
                { kind: "telegram", chatId: -1 },
                { kind: "webhook" },
                { kind: "webhook", url },
                { kind: "webhook", url, login: { kind: "bearer" } },
            ].map(secretsOf),
        ).to.deep.equal([[], ["webhookUrl"], ["botToken"], ["url"], [], ["token"]]);
    });
});
