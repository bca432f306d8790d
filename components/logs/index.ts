export { Loki, type LokiArgs } from "./loki";
export { lokiServiceAccounts } from "./names";
