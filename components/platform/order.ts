import * as pulumi from "@pulumi/pulumi";
import { parseDuration } from "../../config/units";

/**
 * Makes every resource below a component wait for all of `earlier`. The engine's own `dependsOn` on a component says
 * nothing to the component's children.
 */
export function after(...earlier: pulumi.Resource[]): pulumi.ResourceTransformation {
    return ({ props, opts }) => ({
        props: props,
        opts: pulumi.mergeOptions(opts, { dependsOn: earlier }),
    });
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
