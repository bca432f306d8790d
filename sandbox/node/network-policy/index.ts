export { cniPluginName, installCniPlugin } from "./cni";
export type { CniPlugin } from "./cni";
export { ruleset, tableName } from "./ruleset";
export type { NodeOptions } from "./ruleset";
export type { AgentSettings } from "./settings";
export { networkPolicyDaemon, networkPolicySpec } from "./spec";
