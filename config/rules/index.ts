import { alertingRules } from "./alerting";
import { autoscalingRules } from "./autoscaling";
import { certificateRules } from "./certificates";
import { exporterRules } from "./exporters";
import { grafanaRules } from "./grafana";
import { loadRules } from "./load";
import { logsRules } from "./logs";
import { longTermRules } from "./long-term";
import { metricsRules } from "./metrics";
import { objectStorageRules } from "./object-storage";
import { platformRules } from "./platform";
import { resourceRules } from "./resources";
import type { Rule } from "./rule";
import { alertRuleRules } from "./rules";
import { secretRules } from "./secrets";
import { shardRules } from "./shards";
import { sloProblems } from "./slos";
import { targetRules } from "./targets";
import { windowRules } from "./windows";

/** Everything that must hold between fields, in the order in which a reader meets the areas. */
export const rules: readonly Rule[] = [
    ...platformRules,
    ...metricsRules,
    ...shardRules,
    ...targetRules,
    ...exporterRules,
    ...loadRules,
    ...longTermRules,
    ...logsRules,
    ...objectStorageRules,
    ...alertingRules,
    ...sloProblems,
    ...alertRuleRules,
    ...windowRules,
    ...grafanaRules,
    ...certificateRules,
    ...autoscalingRules,
    ...resourceRules,
    ...secretRules,
];
