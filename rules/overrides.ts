import type { RulesSettings } from "../config/schema";
import { isAlert, type RuleGroup } from "./types";

/** The groups with what a stack file says of their alerts; a group that has nothing left is gone. */
export function overridden(groups: readonly RuleGroup[], overrides: RulesSettings["alerts"]): RuleGroup[] {
    return groups
        .map((group) => ({
            ...group,
            rules: group.rules.flatMap((rule) => {
                const change = isAlert(rule) ? overrides[rule.alert] : undefined;
                if (!isAlert(rule) || change === undefined) {
                    return [rule];
                }
                const changed = {
                    ...rule,
                    ...(change.for === undefined ? {} : { for: change.for }),
                    severity: change.severity ?? rule.severity,
                };
                return change.enabled ? [changed] : [];
            }),
        }))
        .filter(({ rules }) => rules.length > 0);
}
