import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ruleFile } from "../../rules/render";
import { alertRules, type RuleFamily } from "../../rules/types";
import { prometheusLabels, rulerLabels } from "../operated/evaluator";
import type { Platform } from "../platform/platform";

/** Inputs of {@link PrometheusRules}. */
export interface PrometheusRulesArgs {
    platform: Platform;
    /** Each becomes a PrometheusRule of its name. */
    families: readonly RuleFamily[];
    /** Page of an alert, `{alert}` for its name.  @default the alerts name none */
    runbookUrl?: string | undefined;
    /** What families were called in earlier states.  @default nothing else */
    aliases?: Readonly<Record<string, pulumi.Alias[]>>;
}

/** Family whose resource has the component's own name: the first that there was. */
const first = "self-monitoring";

/** Labels of a PrometheusRule by who evaluates it in any case. */
const labelsOf = { prometheus: prometheusLabels, ruler: rulerLabels } as const;

/** PrometheusRules: rule groups that every Prometheus of the stack evaluates, or the Ruler. */
export class PrometheusRules extends pulumi.ComponentResource {
    constructor(name: string, args: PrometheusRulesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:alerting:PrometheusRules", name, {}, opts);
        const { platform, families, runbookUrl, aliases = {} } = args;
        const alerts = alertRules(families.flatMap(({ groups }) => groups)).map(({ alert, severity, labels }) =>
            [alert, severity, ...Object.values(labels ?? {})].join(" "),
        );
        const twice = alerts.filter((alert, index) => alerts.indexOf(alert) !== index);
        if (twice.length > 0) {
            throw new pulumi.ResourceError(`${name}: alert ${twice.join(", ")} stands there twice`, this, true);
        }
        for (const family of families) {
            new k8s.apiextensions.CustomResource(
                family.name === first ? name : `${name}-${family.name}`,
                {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "PrometheusRule",
                    metadata: platform.metadata(
                        family.name,
                        family.evaluator === undefined ? {} : { ...labelsOf[family.evaluator] },
                    ),
                    spec: ruleFile(family.groups, runbookUrl),
                },
                { parent: this, dependsOn: platform.monitoringApi, aliases: aliases[family.name] ?? [] },
            );
        }
        this.registerOutputs({});
    }
}
