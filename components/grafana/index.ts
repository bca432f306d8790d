export type { DatasourceTargets } from "./datasources";
export { Grafana, type GrafanaArgs } from "./grafana";
