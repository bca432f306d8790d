import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SloSettings } from "../../config/schema";
import type { SloEvaluation } from "../../config/slo-evaluation";
import { type SloGroup, sloRules } from "../../rules/slo";
import { rulerLabels } from "../operated/evaluator";
import type { Platform } from "../platform/platform";

/** Inputs of {@link SloRules}. */
export interface SloRulesArgs {
    platform: Platform;
    slos: Readonly<Record<string, SloSettings>>;
    /** Who evaluates them. */
    evaluation: SloEvaluation;
}

/** The rules of all service level objectives: a PrometheusRule of Prometheus's, and one of the Ruler's where it has some. */
export class SloRules extends pulumi.ComponentResource {
    constructor(name: string, args: SloRulesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:alerting:SloRules", name, {}, opts);
        const { platform, slos, evaluation } = args;
        const rules = Object.entries(slos).map(([slo, settings]) => sloRules(slo, settings, evaluation));
        const add = (resource: string, objectName: string, groups: SloGroup[], labels: Record<string, string> = {}) =>
            new k8s.apiextensions.CustomResource(
                resource,
                {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "PrometheusRule",
                    metadata: platform.metadata(objectName, labels),
                    spec: { groups },
                },
                { parent: this, dependsOn: platform.monitoringApi },
            );
        const ofPrometheus = rules.flatMap(({ prometheus }) => prometheus);
        if (ofPrometheus.length > 0) {
            add(name, "slos", ofPrometheus);
        }
        const ofRuler = rules.flatMap(({ ruler }) => ruler);
        if (ofRuler.length > 0) {
            add(`${name}-ruler`, "slos-ruler", ofRuler, { ...rulerLabels });
        }
        this.registerOutputs({});
    }
}
