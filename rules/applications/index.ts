import type { Application, ApplicationFamily } from "../../config/applications";
import type { RuleContext } from "../context";
import type { AlertRule, RuleFamily } from "../types";
import { certManager } from "./certificates";
import { flask } from "./flask";
import { cnpg, kafka, redis } from "./stores";

/** Alerts of one kind of application. */
export interface ApplicationAlerts {
    /** Those on one application. */
    readonly each: (application: Application, context: RuleContext) => AlertRule[];
    /** Those that are there once, however many applications there are.  @default none */
    readonly once?: (context: RuleContext) => AlertRule[];
}

const families: Readonly<Record<ApplicationFamily, ApplicationAlerts>> = {
    flask,
    kafka,
    redis,
    cnpg,
    "cert-manager": certManager,
};

/** Rules on the applications of the settings: those of a family are one PrometheusRule. */
export function applicationFamilies(context: RuleContext): RuleFamily[] {
    return (Object.keys(families) as ApplicationFamily[]).flatMap((name) => {
        const applications = context.applications.filter(({ family }) => family === name);
        const { each, once } = families[name];
        const groups = applications.map((application) => ({
            name: `${name}-${application.name}`,
            // Two applications have alerts of the same names: by this label Prometheus knows one rule from the other.
            rules: each(application, context).map((rule) => ({ ...rule, labels: { application: application.name } })),
        }));
        return applications.length === 0
            ? []
            : [{ name, groups: [...groups, { name: `${name}-common`, rules: once?.(context) ?? [] }] }];
    });
}
