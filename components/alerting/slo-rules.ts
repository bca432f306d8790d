import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SloSettings } from "../../config/schema";
import { sloRules } from "../../rules/slo";
import type { Platform } from "../platform/platform";

/** Inputs of {@link SloRules}. */
export interface SloRulesArgs {
    platform: Platform;
    slos: Readonly<Record<string, SloSettings>>;
    /** How long Prometheus keeps its samples: `15d`. */
    retention: string;
}

/** The rules of all service level objectives, in one PrometheusRule. */
export class SloRules extends pulumi.ComponentResource {
    constructor(name: string, args: SloRulesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:alerting:SloRules", name, {}, opts);
        const { platform, slos, retention } = args;
        new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "PrometheusRule",
                metadata: platform.metadata("slos"),
                spec: { groups: Object.entries(slos).flatMap(([slo, settings]) => sloRules(slo, settings, retention)) },
            },
            { parent: this, dependsOn: platform.monitoringApi },
        );
        this.registerOutputs({});
    }
}
