import type { AlertingSettings, AlertmanagerSettings } from "./schema";

/** The check outside of the cluster that is called again and again. */
export type Heartbeat = Extract<NonNullable<AlertmanagerSettings["deadMansSwitch"]>, { kind: "heartbeat" }>;

/** The dead man's switch of the settings; undefined: there is none. */
export function heartbeatOf(
    alerting: Pick<AlertmanagerSettings, "deadMansSwitch"> | Extract<AlertingSettings, { kind: "none" }>,
): Heartbeat | undefined {
    const answer = "deadMansSwitch" in alerting ? alerting.deadMansSwitch : undefined;
    return answer?.kind === "heartbeat" ? answer : undefined;
}
