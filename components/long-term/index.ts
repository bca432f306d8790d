export { Thanos, type ThanosArgs } from "./thanos";
export { ThanosCompactor, type ThanosCompactorArgs } from "./thanos-compactor";
export { replicaLabel } from "../../config/external-labels";
export { ThanosQueryFrontend, type ThanosQueryFrontendArgs } from "./thanos-query-frontend";
export { ThanosQuery, type ThanosQueryArgs } from "./thanos-query";
export { ThanosRuler, type ThanosRulerArgs } from "./thanos-ruler";
export { ThanosStore, type ThanosStoreArgs } from "./thanos-store";
