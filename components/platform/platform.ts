import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ClusterSettings, PlatformSettings } from "../../config/schema";
import type { SelectorLabels } from "../workload/house";
import { Capacity } from "./capacity";
import { instanceName } from "./names";
import { Network } from "./network";

/** Inputs of {@link Platform}. */
export interface PlatformArgs {
    /** Name of the Pulumi stack; prefix of every cluster-scoped object, so that two stacks share a cluster. */
    stack: string;
    cluster: ClusterSettings;
    settings: PlatformSettings;
    /** Whether something needs the host's namespaces, and so a Kubernetes namespace that admits it. */
    hostAccess: boolean;
    /** What must exist before a ServiceMonitor or Prometheus does.  @default the CRDs are somebody else's */
    monitoringApi?: pulumi.Resource;
}

const defaultHostNamespace = (namespace: string) => `${namespace}-host`;

/**
 * The ground that every other component stands on: namespaces with Pod Security enforced, the PriorityClass, common
 * labels, and the two registers that components write into, {@link Network} and {@link Capacity}.
 *
 * Needs permission to create namespaces and PriorityClasses.
 */
export class Platform extends pulumi.ComponentResource {
    /** Unique name of this stack in its cluster: `perch-<stack>`, of a long one only its beginning and a hash. */
    public readonly instance: string;
    /** Name of the stack's namespace. */
    public readonly namespace: string;
    /** Name of the namespace for pods that need the host. */
    public readonly hostNamespace: string;
    public readonly clusterName: string;
    /** What kind of cluster it is. */
    public readonly kind: ClusterSettings["platform"];
    public readonly nodes: number | undefined;
    /** StorageClass of volumes that name none; undefined: the cluster's default. */
    public readonly storageClass: string | undefined;
    /** Namespaces of other Perch stacks, left alone by selectors. */
    public readonly neighbours: readonly string[];
    /** Whether data survives `pulumi destroy`. */
    public readonly protectData: boolean;
    private readonly takeBack: boolean;
    public readonly priorityClassName: pulumi.Output<string> | undefined;
    /** What a resource of an API that a CRD defines depends on. */
    public readonly monitoringApi: pulumi.Resource[];
    public readonly network = new Network();
    public readonly capacity = new Capacity();

    private readonly commonLabels: Record<string, string>;
    private readonly namespaceOutputs = new Map<string, pulumi.Output<string>>();
    private readonly rollSalt: pulumi.Output<string>;

    constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:platform:Platform", name, {}, opts);
        const { settings } = args;
        this.instance = instanceName(args.stack);
        this.namespace = settings.namespace;
        this.hostNamespace = settings.hostNamespace ?? defaultHostNamespace(settings.namespace);
        this.clusterName = args.cluster.name;
        this.kind = args.cluster.platform;
        this.nodes = args.cluster.nodes;
        this.storageClass = settings.storageClass;
        this.neighbours = settings.neighbours;
        this.protectData = settings.protectData;
        this.takeBack = settings.takeBack;
        this.monitoringApi = args.monitoringApi === undefined ? [] : [args.monitoringApi];
        this.commonLabels = {
            ...settings.labels,
            "app.kubernetes.io/part-of": "perch",
            "app.kubernetes.io/managed-by": "pulumi",
        };

        // With a namespace every volume in it goes. That for the host has none, so it comes and goes with its pods.
        this.addNamespace(name, this.namespace, "restricted", this.returningDataOptions(this.namespace));
        if (args.hostAccess) {
            this.addNamespace(`${name}-host`, this.hostNamespace, "privileged");
        }
        this.priorityClassName = this.addPriorityClass(name, settings.priorityClass);
        this.rollSalt = new random.RandomBytes(`${name}-roll-salt`, { length: 32 }, { parent: this }).base64;
        this.registerOutputs({ namespace: this.namespace });
    }

    private addNamespace(
        name: string,
        namespace: string,
        level: "restricted" | "privileged",
        opts?: pulumi.CustomResourceOptions,
    ): void {
        const made = new k8s.core.v1.Namespace(
            name,
            {
                metadata: {
                    name: namespace,
                    labels: {
                        ...this.commonLabels,
                        "app.kubernetes.io/instance": this.instance,
                        "pod-security.kubernetes.io/enforce": level,
                        "pod-security.kubernetes.io/warn": level,
                        "pod-security.kubernetes.io/audit": level,
                    },
                },
            },
            { parent: this, ...opts },
        );
        this.namespaceOutputs.set(namespace, made.metadata.name);
    }

    private addPriorityClass(
        name: string,
        priorityClass: PlatformSettings["priorityClass"],
    ): pulumi.Output<string> | undefined {
        if (priorityClass === "none") {
            return undefined;
        }
        return new k8s.scheduling.v1.PriorityClass(
            name,
            {
                metadata: { name: this.instance, labels: this.labels() },
                value: priorityClass.value,
                globalDefault: false,
                description: `Monitoring stack ${this.instance}: evicted after the applications that it watches`,
            },
            // Kubernetes changes no value; the pods keep theirs until they roll.
            { parent: this, replaceOnChanges: ["value"], deleteBeforeReplace: true },
        ).metadata.name;
    }

    /** Names of the stack's namespaces. */
    namespaces(): string[] {
        return [...this.namespaceOutputs.keys()];
    }

    /** Labels of an object that belongs to the stack as a whole. */
    labels(own: Record<string, string> = {}): Record<string, string> {
        return { ...this.commonLabels, "app.kubernetes.io/instance": this.instance, ...own };
    }

    /** Labels that select one workload's pods. */
    selector(app: string, component: string): SelectorLabels {
        return {
            "app.kubernetes.io/name": app,
            "app.kubernetes.io/instance": this.instance,
            "app.kubernetes.io/component": component,
        };
    }

    /** Metadata of an object in the stack's namespace; waits for that namespace. */
    metadata(name: string, own: Record<string, string> = {}, namespace = this.namespace) {
        const output = this.namespaceOutputs.get(namespace);
        if (output === undefined) {
            throw new pulumi.ResourceError(`namespace ${namespace} isn't one of this stack's`, this, true);
        }
        return { name, namespace: output, labels: this.labels(own) };
    }

    /** Name of a cluster-scoped object, unique to this stack. */
    clusterScopedName(name: string): string {
        return `${this.instance}-${name}`;
    }

    /**
     * Selector of the namespaces whose monitors and rules Prometheus takes: all but the neighbours'.
     */
    monitoredNamespaces(): object {
        return this.neighbours.length === 0
            ? {}
            : {
                  matchExpressions: [
                      {
                          key: "kubernetes.io/metadata.name",
                          operator: "NotIn",
                          values: this.neighbours.flatMap((namespace) => [namespace, defaultHostNamespace(namespace)]),
                      },
                  ],
              };
    }

    /** Options for what holds data: kept and protected where the settings say so. */
    dataOptions(): pulumi.CustomResourceOptions {
        return this.protectData ? { protect: true, retainOnDelete: true } : {};
    }

    /** Like {@link dataOptions}; and what an earlier stack kept under this id is taken back, where the settings say so. */
    returningDataOptions(id: string): pulumi.CustomResourceOptions {
        return { ...this.dataOptions(), ...(this.takeBack ? { import: id } : {}) };
    }

    /** Secret of this stack that keys the hashes of secret files: a bare hash could be tried out. */
    get contentKey(): pulumi.Output<string> {
        return this.rollSalt;
    }
}
