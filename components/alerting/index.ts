export { Alertmanager, type AlertmanagerArgs } from "./alertmanager";
export { alertmanagerConfig, alertmanagerConfigText } from "./alertmanager-config";
export { DeadMansSwitch, type DeadMansSwitchArgs } from "./dead-mans-switch";
export { SloRules, type SloRulesArgs } from "./slo-rules";
export { PrometheusRules, type PrometheusRulesArgs } from "./prometheus-rules";
