export { type RenderedRule, ruleFile, type RuleFile } from "./render";
export { selfMonitoring, type SelfMonitoringSettings } from "./self-monitoring";
export { type AlertName, alertNames, type AlertRule, type RuleGroup, type Severity } from "./types";
