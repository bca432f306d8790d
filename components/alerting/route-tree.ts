import { INFO_INHIBITOR } from "../../config/alerts";
import { anyOf } from "../../config/any-of";
import type { AlertmanagerSettings, RouteSettings } from "../../config/schema";
import { watchdogRoute } from "./dead-mans-switch";
import { NULL_RECEIVER } from "./receivers";

/** A condition on a label: it has one of these values. */
export interface Matcher {
    readonly label: string;
    readonly values: readonly string[];
}

/** A node of the route tree, as the file has it but for its matchers. */
export interface RouteNode {
    readonly receiver: string;
    readonly matchers: readonly Matcher[];
    readonly continue: boolean;
    readonly options: RouteOptions;
    readonly routes: readonly RouteNode[];
}

/** What a node says of grouping and time, as the file has it; the rest is that of the node above. */
export interface RouteOptions {
    group_by?: readonly string[];
    group_wait?: string;
    group_interval?: string;
    repeat_interval?: string;
    mute_time_intervals?: readonly string[];
    active_time_intervals?: readonly string[];
}

/** A node of the route tree, as the file has it. */
export interface Route extends RouteOptions {
    receiver: string;
    matchers?: string[];
    continue?: boolean;
    routes?: Route[];
}

function node(route: RouteSettings): RouteNode {
    const { severity, namespace, labels = {} } = route;
    const conditions = { ...(severity && { severity }), ...(namespace && { namespace }), ...labels };
    return {
        receiver: route.receiver,
        matchers: Object.entries(conditions).map(([label, values]) => ({ label, values })),
        continue: route.continue,
        options: {
            ...(route.groupBy && { group_by: route.groupBy }),
            ...(route.groupWait !== undefined && { group_wait: route.groupWait }),
            ...(route.groupInterval !== undefined && { group_interval: route.groupInterval }),
            ...(route.repeatInterval !== undefined && { repeat_interval: route.repeatInterval }),
            ...(route.muteTimeIntervals && { mute_time_intervals: route.muteTimeIntervals }),
            ...(route.activeTimeIntervals && { active_time_intervals: route.activeTimeIntervals }),
        },
        routes: (route.routes ?? []).map(node),
    };
}

const infoInhibitorRoute: RouteNode = {
    receiver: NULL_RECEIVER,
    matchers: [{ label: "alertname", values: [INFO_INHIBITOR] }],
    continue: false,
    options: {},
    routes: [],
};

/** The route tree of the settings: the alerts with a meaning of their own, then the routes in their order. */
export function routeTree(settings: AlertmanagerSettings): RouteNode {
    return {
        receiver: settings.defaultReceiver ?? NULL_RECEIVER,
        matchers: [],
        continue: false,
        options: {
            group_by: settings.groupBy,
            group_wait: settings.groupWait,
            group_interval: settings.groupInterval,
            repeat_interval: settings.repeatInterval,
        },
        routes: [watchdogRoute(settings), infoInhibitorRoute, ...settings.routes.map(node)],
    };
}

/**
 * Who is told of an alert with these labels, as Alertmanager decides it: the deepest nodes that match, in order. A label
 * that the alert doesn't have is empty.
 */
export function receiversOf(tree: RouteNode, labels: Readonly<Record<string, string>>): string[] {
    return deepest(tree, labels).map(({ receiver }) => receiver);
}

function deepest(route: RouteNode, labels: Readonly<Record<string, string>>): RouteNode[] {
    if (!route.matchers.every(({ label, values }) => values.includes(labels[label] ?? ""))) {
        return [];
    }
    const found: RouteNode[] = [];
    for (const child of route.routes) {
        const below = deepest(child, labels);
        found.push(...below);
        if (below.length > 0 && !child.continue) {
            break;
        }
    }
    return found.length === 0 ? [route] : found;
}

/** A matcher that takes any of these values, literally. */
export function matcherText({ label, values }: Matcher): string {
    const [only] = values;
    return values.length === 1 && only !== undefined
        ? `${label}=${JSON.stringify(only)}`
        : `${label}=~${JSON.stringify(anyOf(values))}`;
}

/** A node as the file has it. */
export function routeConfig(route: RouteNode): Route {
    return {
        receiver: route.receiver,
        ...(route.matchers.length === 0 ? {} : { matchers: route.matchers.map(matcherText) }),
        ...(route.continue ? { continue: true } : {}),
        ...route.options,
        ...(route.routes.length === 0 ? {} : { routes: route.routes.map(routeConfig) }),
    };
}
