export type { SecretRef } from "./secret-ref";
export { StackSecret, type KeyValue, type SecretValues, type StackSecretArgs } from "./stack-secret";
export { GRAFANA_ADMIN, secretFile, StackSecrets, type StackSecretsArgs } from "./stack-secrets";
