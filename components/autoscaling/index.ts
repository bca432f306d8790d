export { PrometheusAdapter, type PrometheusAdapterArgs } from "./prometheus-adapter";
export { ScaledApplications, type ScaledApplicationsArgs } from "./scaled-applications";
