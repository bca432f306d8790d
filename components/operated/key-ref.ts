import type * as pulumi from "@pulumi/pulumi";

/** A key of a Secret or a ConfigMap in the namespace of the object that names it. */
export interface KeyRef {
    name: pulumi.Input<string>;
    key: string;
}
