import { WATCHDOG } from "../../config/alerts";
import { heartbeatOf } from "../../config/dead-mans-switch";
import type { AlertmanagerSettings } from "../../config/schema";
import { formatDuration, parseDuration } from "../../config/units";
import { NULL_RECEIVER, type Receiver } from "./receivers";
import type { RouteNode } from "./route-tree";

/** Name of the receiver. */
const DEAD_MANS_SWITCH = "dead-mans-switch";

/** A call is due this much before the next look at the group, or a late moment would leave it out. */
const DUE_SHARE = 0.8;

type Settings = Pick<AlertmanagerSettings, "deadMansSwitch">;

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
