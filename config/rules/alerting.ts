import { routedAlerts } from "../alerts";
import { heartbeatOf } from "../dead-mans-switch";
import { clusterLabel } from "../external-labels";
import { nearest, oneOf } from "../nearest";
import { wrong, type Problem } from "../problems";
import type { AlertmanagerSettings, RouteSettings } from "../schema";
import { setSecretCommand } from "../secret-check";
import { parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

/** Receivers that the program makes itself. */
const ownReceivers = ["null", "dead-mans-switch"];

const SECOND = 1000;

/** A route and where it stands in the stack file. */
interface Placed {
    readonly path: string;
    readonly route: RouteSettings;
}

function placed(routes: readonly RouteSettings[], path: string): Placed[] {
    return routes.flatMap((route, index) => {
        const here = `${path}[${index}]`;
        return [{ path: here, route }, ...placed(route.routes ?? [], `${here}.routes`)];
    });
}

function unknownName(path: string, name: string, known: readonly string[], map: string, what: string): Problem {
    const near = nearest(name, known);
    const expected = known.length === 0 ? `a ${what} of ${map}, which has none` : oneOf(known);
    return wrong(path, name, near === undefined ? expected : `${expected}; did you mean ${near}?`);
}

function receivers({ receivers: all, routes, defaultReceiver }: AlertmanagerSettings): Problem[] {
    const known = Object.keys(all);
    const unknown = (path: string, name: string) =>
        when(!known.includes(name), () => unknownName(path, name, known, "alerting.receivers", "receiver"));
    return [
        ...placed(routes, "alerting.routes").flatMap(({ path, route }) => unknown(`${path}.receiver`, route.receiver)),
        ...(defaultReceiver === undefined ? [] : unknown("alerting.defaultReceiver", defaultReceiver)),
        ...when(defaultReceiver === undefined && known.length > 0, () => ({
            path: "alerting.defaultReceiver",
            message: `missing; expected who gets what no route takes: ${oneOf(known)}`,
        })),
        ...known
            .filter((name) => ownReceivers.includes(name))
            .map((name) => ({
                path: `alerting.receivers.${name}`,
                message: "the name is that of a receiver of the program's own; expected another",
            })),
    ];
}

/** What an alert has to be to get somewhere: by label, the values that are let through. */
type Conditions = ReadonlyMap<string, readonly string[]>;

const conditionsOf = ({ severity, namespace, labels = {} }: RouteSettings): Conditions =>
    new Map(Object.entries({ ...labels, ...(severity && { severity }), ...(namespace && { namespace }) }));

/** The conditions of a route and of those around it; a label without a value left is that of no alert. */
function both(outer: Conditions, inner: Conditions): Conditions {
    const narrowed = [...inner].map(([label, values]): [string, readonly string[]] => [
        label,
        values.filter((value) => outer.get(label)?.includes(value) ?? true),
    ]);
    return new Map([...outer, ...narrowed]);
}

/** Whether every alert that meets the conditions of `later` meets those of `earlier`. */
function takesAllOf(earlier: Conditions, later: Conditions): boolean {
    return [...earlier].every(([label, values]) => later.get(label)?.every((value) => values.includes(value)) === true);
}

/** Where the alerts of some routes come from. */
interface Above {
    /** The conditions of the routes around these. */
    readonly met: Conditions;
    /** What comes before those around these, and keeps what it takes. */
    readonly takers: readonly Taker[];
}

/** What keeps all alerts that meet its conditions, and what to tell of a route for which it leaves none. */
interface Taker {
    readonly takes: Conditions;
    readonly told: string;
}

const ownRoutes: Taker = {
    takes: new Map([["alertname", routedAlerts]]),
    told: `${routedAlerts.join(" and ")} are routed by the program itself`,
};

const takerOf = ({ path, route }: Placed): Taker => ({
    takes: conditionsOf(route),
    told: `${path} takes all of its alerts; put it first, or set continue: true there`,
});

/** Routes that no alert ever reaches: one before them takes all of theirs, or those around them take none of theirs. */
function unreachable(routes: readonly RouteSettings[], path: string, above: Above): Problem[] {
    const all = routes.map((route, index): Placed => ({ path: `${path}[${index}]`, route }));
    return all.flatMap(({ path: here, route }, index) => {
        const met = both(above.met, conditionsOf(route));
        const [barred] = [...met.keys()].filter((label) => met.get(label)?.length === 0);
        if (barred !== undefined) {
            const allowed = oneOf(above.met.get(barred) ?? []);
            const message = `is never reached: the routes around it take only alerts with ${barred} ${allowed}`;
            return [{ path: here, message }];
        }
        const takers = [
            ...above.takers,
            ...all
                .slice(0, index)
                .filter((one) => !one.route.continue)
                .map(takerOf),
        ];
        const taker = takers.find(({ takes }) => takesAllOf(takes, met));
        if (taker !== undefined) {
            return [{ path: here, message: `is never reached: ${taker.told}` }];
        }
        return unreachable(route.routes ?? [], `${here}.routes`, { met, takers });
    });
}

/** `severity` and `namespace` have fields of their own: in both places they would be two conditions on one label. */
function conditionsTwice({ path, route }: Placed): Problem[] {
    return (["severity", "namespace"] as const)
        .filter((label) => route.labels?.[label] !== undefined)
        .map((label) => ({
            path: `${path}.labels.${label}`,
            message: `has a key of its own: ${path}.${label}`,
        }));
}

function grouping(settings: AlertmanagerSettings): Problem[] {
    const lists: [string, readonly string[] | undefined, string][] = [
        ["alerting.groupBy", settings.groupBy, "alerts of two clusters would come as one notification"],
        ...placed(settings.routes, "alerting.routes").map(({ path, route }): [string, string[] | undefined, string] => [
            `${path}.groupBy`,
            route.groupBy,
            "alerts of two clusters would come as one notification",
        ]),
        ...settings.inhibitRules.map(({ equal }, index): [string, string[], string] => [
            `alerting.inhibitRules[${index}].equal`,
            equal,
            "an alert of one cluster would silence those of another",
        ]),
    ];
    return lists.flatMap(([path, labels, why]) =>
        when(labels?.includes(clusterLabel) === false, () =>
            wrong(path, labels, `${clusterLabel} among the labels: without it ${why}`),
        ),
    );
}

function times({ timeIntervals, routes }: AlertmanagerSettings): Problem[] {
    const known = Object.keys(timeIntervals);
    const backwards = Object.entries(timeIntervals).flatMap(([name, { intervals }]) =>
        intervals.flatMap(({ times: all = [] }, index) =>
            all.flatMap(({ from, to }, at) =>
                when(from >= to, () =>
                    wrong(
                        `alerting.timeIntervals.${name}.intervals[${index}].times[${at}].to`,
                        to,
                        `a time after ${from}; a night is two of them: to 24:00, and from 00:00`,
                    ),
                ),
            ),
        ),
    );
    const unknown = placed(routes, "alerting.routes").flatMap(({ path, route }) =>
        (["muteTimeIntervals", "activeTimeIntervals"] as const).flatMap((field) =>
            (route[field] ?? []).flatMap((name, index) =>
                when(!known.includes(name), () =>
                    unknownName(`${path}.${field}[${index}]`, name, known, "alerting.timeIntervals", "name"),
                ),
            ),
        ),
    );
    const empty = Object.entries(timeIntervals).flatMap(([name, { intervals }]) =>
        intervals.flatMap((interval, index) =>
            when(Object.keys(interval).length === 0, () => ({
                path: `alerting.timeIntervals.${name}.intervals[${index}]`,
                message: "says nothing; expected weekdays, times, daysOfMonth or months",
            })),
        ),
    );
    return [...empty, ...backwards, ...unknown];
}

/** Templates that are used and that nobody defines: Alertmanager would notice when it has to tell somebody. */
function templates({ receivers: all, templates: files }: AlertmanagerSettings): Problem[] {
    const names = (text: string, action: "define" | "template") =>
        [
            ...text.matchAll(
                new RegExp(`\\{\\{-?\\s*(?:${action}${action === "define" ? "|block" : ""})\\s+"([^"]+)"`, "g"),
            ),
        ].map(([, name]) => name ?? "");
    const defined = ["perch.title", "perch.text", ...Object.values(files).flatMap((text) => names(text, "define"))];
    const alertmanagers = (name: string) => name.startsWith("__") || name.includes(".default.");
    const used: [string, string][] = [
        ...Object.entries(files).map(([name, text]): [string, string] => [`alerting.templates.${name}`, text]),
        ...Object.entries(all).flatMap(([name, receiver]) =>
            (["title", "text"] as const).flatMap((field): [string, string][] => {
                const text = field in receiver ? (receiver as { title?: string; text?: string })[field] : undefined;
                return text === undefined ? [] : [[`alerting.receivers.${name}.${field}`, text]];
            }),
        ),
    ];
    return used.flatMap(([path, text]) =>
        names(text, "template")
            .filter((name) => !defined.includes(name) && !alertmanagers(name))
            .map((name) => {
                const near = nearest(name, defined);
                const expected = `expected ${oneOf(defined)}, or one of Alertmanager's own`;
                return {
                    path,
                    message: `uses the template "${name}", which nothing defines; ${expected}${near === undefined ? "" : `; did you mean ${near}?`}`,
                };
            }),
    );
}

function mail({ smtp, receivers: all }: AlertmanagerSettings): Problem[] {
    return when(smtp === undefined && Object.values(all).some(({ kind }) => kind === "email"), () => ({
        path: "alerting.smtp",
        message: "missing; expected the mail server of the email receivers: host and from",
    }));
}

/** Times of which Alertmanager's configuration takes none that is nothing. */
function nothing(settings: AlertmanagerSettings): Problem[] {
    const { groupInterval, repeatInterval } = settings;
    const all: [string, string | undefined][] = [
        ["alerting.groupInterval", groupInterval],
        ["alerting.repeatInterval", repeatInterval],
        ["alerting.deadMansSwitch.interval", heartbeatOf(settings)?.interval],
        ...placed(settings.routes, "alerting.routes").flatMap(({ path, route }): [string, string | undefined][] => [
            [`${path}.groupInterval`, route.groupInterval],
            [`${path}.repeatInterval`, route.repeatInterval],
        ]),
    ];
    return all.flatMap(([path, given]) =>
        when(given !== undefined && parseDuration(given) < SECOND, () => wrong(path, given, "1s or more")),
    );
}

/** What was sent is forgotten after the retention, and sent again then. */
function forgotten(settings: AlertmanagerSettings): Problem[] {
    const { retention } = settings;
    const all: [string, string | undefined][] = [
        ["alerting.repeatInterval", settings.repeatInterval],
        ...placed(settings.routes, "alerting.routes").map(({ path, route }): [string, string | undefined] => [
            `${path}.repeatInterval`,
            route.repeatInterval,
        ]),
    ];
    return all.flatMap(([path, given]) =>
        when(given !== undefined && parseDuration(given) > parseDuration(retention), () =>
            wrong(path, given, `at most alerting.retention, which is ${retention}: what was sent is forgotten then`),
        ),
    );
}

const checks: readonly ((settings: AlertmanagerSettings) => Problem[])[] = [
    receivers,
    mail,
    ({ routes }) => unreachable(routes, "alerting.routes", { met: new Map(), takers: [ownRoutes] }),
    ({ routes }) => placed(routes, "alerting.routes").flatMap(conditionsTwice),
    grouping,
    times,
    templates,
    nothing,
    forgotten,
];

export const alertingRules: readonly Rule[] = [
    rule(["alerting"], ({ alerting, stack }) =>
        when(alerting.kind === "alertmanager" && alerting.deadMansSwitch === undefined, () => ({
            path: "alerting.deadMansSwitch",
            message:
                "missing; expected who notices that this monitoring is dead: the URL of a check outside of the cluster " +
                `that rings when it isn't called (${setSecretCommand("deadMansSwitchUrl", stack)}), or kind none`,
        })),
    ),
    ...checks.map((check) => rule(["alerting"], ({ alerting }) => (alerting.kind === "none" ? [] : check(alerting)))),
];
