export { Alertmanager, type AlertmanagerArgs } from "./alertmanager";
export { alertmanagerConfig, alertmanagerConfigText } from "./alertmanager-config";
export { PrometheusRules, type PrometheusRulesArgs } from "./prometheus-rules";
