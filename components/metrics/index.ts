export { crdNames } from "./crd-files";
export { configReloaderPort, configReloaderResources, countConfigReloaders } from "./config-reloader";
export { MonitoringCrds, type MonitoringCrdsArgs } from "./crds";
export { KubeStateMetrics, type KubeStateMetricsArgs } from "./kube-state-metrics";
export { NodeExporter, type NodeExporterArgs } from "./node-exporter";
export { Prometheus, type PrometheusArgs, type SidecarArgs } from "./prometheus";
export { controllerIdAnnotation, PrometheusOperator, type PrometheusOperatorArgs } from "./prometheus-operator";
export { Targets, type TargetsArgs } from "./targets";
