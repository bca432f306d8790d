export type { SecretRef } from "./secret-ref";
export { StackSecret, type KeyValue, type SecretValues, type StackSecretArgs } from "./stack-secret";
export { GRAFANA_ADMIN, StackSecrets, type StackSecretsArgs } from "./stack-secrets";
