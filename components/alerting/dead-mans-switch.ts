import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AlertmanagerSettings } from "../../config/schema";
import { formatDuration, parseDuration } from "../../config/units";
import type { Platform } from "../platform/platform";
import { NULL_RECEIVER, type Receiver } from "./receivers";
import type { RouteNode } from "./route-tree";

/** Name of the receiver, of the PrometheusRule and of the Secret with the URL. */
export const DEAD_MANS_SWITCH = "dead-mans-switch";

/** The alert that always fires. */
export const WATCHDOG = "Watchdog";

/** A call is due this much before the next look at the group, or a late moment would leave it out. */
const DUE_SHARE = 0.8;

type Settings = Pick<AlertmanagerSettings, "deadMansSwitch">;
type Heartbeat = Extract<NonNullable<AlertmanagerSettings["deadMansSwitch"]>, { kind: "heartbeat" }>;

/** The switch of the settings; undefined where there is none. */
export function heartbeatOf({ deadMansSwitch }: Settings): Heartbeat | undefined {
    return deadMansSwitch?.kind === "heartbeat" ? deadMansSwitch : undefined;
}

/** Where the alert that always fires goes: to the check outside, or to nobody, for people aren't to be told of it. */
export function watchdogRoute(settings: Settings): RouteNode {
    const heartbeat = heartbeatOf(settings);
    return {
        receiver: heartbeat === undefined ? NULL_RECEIVER : DEAD_MANS_SWITCH,
        matchers: [{ label: "alertname", values: [WATCHDOG] }],
        continue: false,
        options:
            heartbeat === undefined
                ? {}
                : {
                      group_wait: "0s",
                      group_interval: heartbeat.interval,
                      repeat_interval: formatDuration(parseDuration(heartbeat.interval) * DUE_SHARE),
                  },
        routes: [],
    };
}

/** The check outside as a receiver; none where there is no switch. */
export function watchdogReceivers(settings: Settings, urlFile: string | undefined): Receiver[] {
    return heartbeatOf(settings) === undefined
        ? []
        : [
              {
                  name: DEAD_MANS_SWITCH,
                  // The end of the alert is what the check is to notice by itself.
                  webhook_configs: [{ url_file: urlFile, send_resolved: false }],
              },
          ];
}

/** What a PrometheusRule says for the switch: one alert that fires as long as rules are evaluated. */
export function watchdogRule() {
    return {
        groups: [
            {
                name: "perch-dead-mans-switch",
                rules: [
                    {
                        alert: WATCHDOG,
                        expr: "vector(1)",
                        labels: { severity: "none" },
                        annotations: {
                            summary: "Rules are evaluated and alerts are sent",
                            description:
                                "Fires always. A check outside of the cluster rings when it hears no more of this alert.",
                        },
                    },
                ],
            },
        ],
    };
}

/** Inputs of {@link DeadMansSwitch}. */
export interface DeadMansSwitchArgs {
    platform: Platform;
}

/** The alert of the dead man's switch; route and receiver are in Alertmanager's configuration. */
export class DeadMansSwitch extends pulumi.ComponentResource {
    constructor(name: string, args: DeadMansSwitchArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:alerting:DeadMansSwitch", name, {}, opts);
        const { platform } = args;
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "PrometheusRule",
                metadata: platform.metadata(DEAD_MANS_SWITCH),
                spec: watchdogRule(),
            },
            { parent: this, dependsOn: platform.monitoringApi },
        );
        this.registerOutputs({});
    }
}
