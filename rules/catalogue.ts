import { type AlertName, thresholdOf } from "../config/alerts";
import { jobNames } from "../config/jobs";
import { settingsSchema } from "../config/schema";
import { ruleFamilies } from "./families";
import { alertRules, type AlertRule } from "./types";

/** An alert as the catalogue shows it. */
export interface CatalogueEntry {
    readonly family: string;
    readonly alert: AlertName;
    readonly severity: AlertRule["severity"];
    readonly for: string;
    readonly threshold: { threshold: number; unit: string } | undefined;
}

/** Settings under which every rule is there. */
export function everything() {
    return settingsSchema.parse({ cluster: { name: "any" } });
}

/** Every alert of Perch with its defaults, in the order of the rules. */
export function catalogue(): CatalogueEntry[] {
    const settings = everything();
    return ruleFamilies(settings, jobNames(settings.metrics)).flatMap(({ name, groups }) =>
        alertRules(groups).map((rule) => ({
            family: name,
            alert: rule.alert,
            severity: rule.severity,
            for: rule.for,
            threshold: thresholdOf(rule.alert),
        })),
    );
}
