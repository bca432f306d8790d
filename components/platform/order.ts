import * as pulumi from "@pulumi/pulumi";

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
