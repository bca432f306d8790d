import * as pulumi from "@pulumi/pulumi";
import { parseDuration } from "../../config/units";

/** Objects that make pods: the controllers of Kubernetes and those of the Prometheus Operator. */
const makesPods = /^kubernetes:(apps\/v1:.+|monitoring\.coreos\.com\/v1:(Prometheus|Alertmanager|ThanosRuler))$/;

/**
 * Makes all pods below a component wait until `earlier` are ready. What the pods need (accounts, configuration, rights)
 * doesn't wait: it can be there early, and each dependency is in the state once for each resource that has it.
 */
export function after(...earlier: pulumi.Resource[]): pulumi.ResourceTransformation {
    return ({ type, props, opts }) =>
        makesPods.test(type) ? { props: props, opts: pulumi.mergeOptions(opts, { dependsOn: earlier }) } : undefined;
}

/** Makes every Kubernetes object below a component an error that isn't ready within `duration`. */
export function readyWithin(duration: string): pulumi.ResourceTransformation {
    const timeout = `${parseDuration(duration)}ms`;
    return ({ type, props, opts }) =>
        type.startsWith("kubernetes:")
            ? {
                  props: props,
                  opts: pulumi.mergeOptions(opts, { customTimeouts: { create: timeout, update: timeout } }),
              }
            : undefined;
}
