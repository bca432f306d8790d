import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ruleFile } from "../../rules/render";
import type { RuleGroup } from "../../rules/types";
import type { Platform } from "../platform/platform";

/** Inputs of {@link PrometheusRules}. */
export interface PrometheusRulesArgs {
    platform: Platform;
    /** Name of the PrometheusRule. */
    objectName: string;
    groups: readonly RuleGroup[];
    /** Page of an alert, `{alert}` for its name.  @default the alerts name none */
    runbookUrl?: string | undefined;
}

/** A PrometheusRule: rule groups that every Prometheus of the stack evaluates. */
export class PrometheusRules extends pulumi.ComponentResource {
    constructor(name: string, args: PrometheusRulesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:alerting:PrometheusRules", name, {}, opts);
        const { platform, objectName, groups, runbookUrl } = args;
        const alerts = groups.flatMap((group) => group.rules.map((rule) => rule.alert));
        const twice = alerts.filter((alert, index) => alerts.indexOf(alert) !== index);
        if (twice.length > 0) {
            throw new pulumi.ResourceError(`${name}: alert ${twice.join(", ")} stands there twice`, this, true);
        }
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "PrometheusRule",
                metadata: platform.metadata(objectName),
                spec: ruleFile(groups, runbookUrl),
            },
            { parent: this, dependsOn: platform.monitoringApi },
        );
        this.registerOutputs({});
    }
}
