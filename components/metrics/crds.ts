import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { crdsFor, readCrd } from "./crd-files";

/**
 * An operator that starts before the API server serves a kind leaves its controller off for good, and a large definition
 * takes the API server a while: https://github.com/prometheus-operator/prometheus-operator/issues/7459
 */
const served = { "pulumi.com/waitFor": 'jsonpath={.status.conditions[?(@.type == "Established")].status}=True' };

/** Inputs of {@link MonitoringCrds}. */
export interface MonitoringCrdsArgs {
    /** Whether the stack has a Ruler, which is of a kind of its own.  @default false */
    ruler?: boolean;
    /** Labels beside the recommended ones.  @default none */
    labels?: Record<string, string>;
}

/**
 * The CRDs of the Prometheus Operator that the stack's operator serves, at exactly its version. A kind that nobody serves
 * would take objects and do nothing, and each definition is a good part of what a preview costs (bench/README.md).
 *
 * They belong to the whole cluster, so they are kept when the stack is destroyed: to delete a CRD deletes every object
 * of its kind. Give the component a provider of its own with `upsertExistingObjects` and `enablePatchForce`, which takes
 * over what another stack or a chart has left. Where somebody else keeps them, make no `MonitoringCrds` at all.
 */
export class MonitoringCrds extends pulumi.ComponentResource {
    constructor(name: string, args: MonitoringCrdsArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        super("perch:metrics:MonitoringCrds", name, {}, opts);
        for (const plural of crdsFor(args.ruler ?? false)) {
            const { metadata, spec } = readCrd(plural);
            new k8s.apiextensions.v1.CustomResourceDefinition(
                `${name}-${plural}`,
                {
                    metadata: {
                        name: metadata.name,
                        annotations: { ...metadata.annotations, ...served },
                        labels: {
                            ...args.labels,
                            "app.kubernetes.io/name": "prometheus-operator",
                            "app.kubernetes.io/component": "crds",
                            "app.kubernetes.io/part-of": "perch",
                            "app.kubernetes.io/managed-by": "pulumi",
                        },
                    },
                    spec: spec as k8s.types.input.apiextensions.v1.CustomResourceDefinitionSpec,
                },
                { parent: this, retainOnDelete: true },
            );
        }
        this.registerOutputs({});
    }
}
