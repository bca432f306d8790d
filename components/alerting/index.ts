export { Alertmanager, type AlertmanagerArgs } from "./alertmanager";
export { alertmanagerConfig, alertmanagerConfigText } from "./alertmanager-config";
export { SloRules, type SloRulesArgs } from "./slo-rules";
export { PrometheusRules, type PrometheusRulesArgs } from "./prometheus-rules";
