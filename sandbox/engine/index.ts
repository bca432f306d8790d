export { runInForeground, runOrFail, runQuietly } from "../../cli/pulumi";
export type { CliResult, PulumiCli } from "../../cli/pulumi";
export { engineEnv, existingCli, openEngine } from "./engine";
export type { Engine, EngineOptions } from "./engine";
export { runChange } from "./recovery";
export type { SecretConfig } from "./stack";
export { committedConfig, overlay, STACK } from "./stack-config";
export type { ConfigValues } from "./stack-config";
export { resourceCount } from "./state";
