import * as k8s from "@pulumi/kubernetes";
import type { input } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform/platform";

/** Inputs of {@link ServiceAccount}. */
export interface ServiceAccountArgs {
    platform: Platform;
    /** Name of the account and of its roles. */
    objectName: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, pulumi.Input<string>>;
    /** What the account may do: everywhere, and in its own namespace.  @default nothing */
    rules?: { cluster?: input.rbac.v1.PolicyRule[]; namespace?: input.rbac.v1.PolicyRule[] };
}

/** An account of one workload, with just the permissions that it needs. */
export class ServiceAccount extends pulumi.ComponentResource {
    constructor(name: string, args: ServiceAccountArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:workload:ServiceAccount", name, {}, opts);
        const { platform, objectName, namespace, labels } = args;
        const metadata = platform.metadata(objectName, labels, namespace);
        const account = new k8s.core.v1.ServiceAccount(
            name,
            { metadata: { ...metadata, annotations: args.annotations ?? {} }, automountServiceAccountToken: false },
            { parent: this },
        );
        const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace }];
        const roleRef = (kind: "ClusterRole" | "Role", role: pulumi.Output<string>) => ({
            apiGroup: "rbac.authorization.k8s.io",
            kind,
            name: role,
        });

        if (args.rules?.cluster !== undefined) {
            const scoped = { name: platform.clusterScopedName(objectName), labels: platform.labels(labels) };
            const role = new k8s.rbac.v1.ClusterRole(
                name,
                { metadata: scoped, rules: args.rules.cluster },
                { parent: this },
            );
            new k8s.rbac.v1.ClusterRoleBinding(
                name,
                { metadata: scoped, roleRef: roleRef("ClusterRole", role.metadata.name), subjects },
                { parent: this },
            );
        }
        if (args.rules?.namespace !== undefined) {
            const role = new k8s.rbac.v1.Role(name, { metadata, rules: args.rules.namespace }, { parent: this });
            new k8s.rbac.v1.RoleBinding(
                name,
                { metadata, roleRef: roleRef("Role", role.metadata.name), subjects },
                { parent: this },
            );
        }
        this.registerOutputs({ name: objectName });
    }
}
