import type { RelabelingSettings } from "../../config/schema";
import type { Relabeling } from "../workload/service-monitor";

/** A rule of the settings as the operator takes it. */
export function relabeling(rule: RelabelingSettings): Relabeling {
    switch (rule.kind) {
        case "keep":
        case "drop":
            return { action: rule.kind, sourceLabels: rule.sourceLabels, regex: rule.regex };
        case "labelDrop":
            return { action: "labeldrop", regex: rule.regex };
        case "labelKeep":
            return { action: "labelkeep", regex: rule.regex };
        case "replace": {
            const { sourceLabels, regex, targetLabel, replacement } = rule;
            return { action: "replace", sourceLabels, regex, targetLabel, replacement };
        }
    }
}
