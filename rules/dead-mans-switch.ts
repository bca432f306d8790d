import { heartbeatOf } from "../config/dead-mans-switch";
import type { RuleContext } from "./context";
import type { RuleGroup } from "./types";

/** One alert that fires as long as rules are evaluated, for the check outside that rings when it hears no more of it. */
export function deadMansSwitch({ settings }: RuleContext): RuleGroup[] {
    return heartbeatOf(settings.alerting) === undefined
        ? []
        : [
              {
                  name: "perch-dead-mans-switch",
                  rules: [
                      {
                          alert: "Watchdog",
                          expr: "vector(1)",
                          for: "0s",
                          severity: "none",
                          summary: "Rules are evaluated and alerts are sent",
                          description:
                              "Fires always. A check outside of the cluster rings when it hears no more of this alert.",
                      },
                  ],
              },
          ];
}
