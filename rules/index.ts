export { catalogue, everything, everythingOn, type CatalogueEntry } from "./catalogue";
export { ruleFamilies } from "./families";
export { type RenderedAlert, type RenderedRule, ruleFile, type RuleFile } from "./render";
export { alertRules, type AlertRule, isAlert, type RecordingRule, type RuleFamily, type RuleGroup } from "./types";
export type { RuleSettings } from "./context";
