import type { V1IngressClass, V1StorageClass } from "@kubernetes/client-node";
import { platformLabel } from "./settings";

/** What the platform knows of a kind of storage that it plays. */
export interface StorageKind {
    provisioner: string;
    binding: "Immediate" | "WaitForFirstConsumer";
    expandable: boolean;
    /** From where a volume can be reached: one node (a folder of it), one zone, or all. */
    reach: "node" | "zone" | "cluster";
    /** Whether several nodes may write. */
    shared: boolean;
}

/** Storage classes of the platforms that Perch is made for, each as its real driver installs it. */
const knownStorage: Readonly<Record<string, StorageKind>> = {
    standard: storage("csi.sandbox.perch.dev", "WaitForFirstConsumer", "cluster"),
    // https://longhorn.io/docs/1.9.0/references/examples/#storageclass
    longhorn: { ...storage("driver.longhorn.io", "Immediate", "cluster"), shared: true },
    // https://github.com/hetznercloud/csi-driver/blob/main/deploy/kubernetes/hcloud-csi.yml
    "hcloud-volumes": storage("csi.hetzner.cloud", "WaitForFirstConsumer", "cluster"),
    // https://github.com/rancher/local-path-provisioner/blob/master/deploy/local-path-storage.yaml: not expandable.
    "local-path": { ...storage("rancher.io/local-path", "WaitForFirstConsumer", "node"), expandable: false },
    // https://openebs.io/docs/user-guides/local-storage-user-guide/local-pv-hostpath/hostpath-configuration: not expandable.
    "openebs-hostpath": { ...storage("openebs.io/local", "WaitForFirstConsumer", "node"), expandable: false },
    gp2: storage("ebs.csi.aws.com", "WaitForFirstConsumer", "zone"),
    gp3: storage("ebs.csi.aws.com", "WaitForFirstConsumer", "zone"),
};

/** Made on every platform, and its default class. */
export const defaultStorageClass = "standard";

/** The kind of storage behind a class name; a name that isn't known gets the kind of `standard`. */
export function storageKindOf(className: string): StorageKind {
    return knownStorage[className] ?? storage("csi.sandbox.perch.dev", "WaitForFirstConsumer", "cluster");
}

/** The class objects of these names and the default one. */
export function storageClasses(names: readonly string[]): V1StorageClass[] {
    return [...new Set([defaultStorageClass, ...names])].map((name) => {
        const { provisioner, binding, expandable } = storageKindOf(name);
        const annotations = { "storageclass.kubernetes.io/is-default-class": String(name === defaultStorageClass) };
        return {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: { name, labels: platformLabel, annotations },
            provisioner,
            reclaimPolicy: "Delete",
            volumeBindingMode: binding,
            allowVolumeExpansion: expandable,
        };
    });
}

/** Ingress classes by name, with their controllers; the first is the default one, as on k3s. */
const ingressControllers = { traefik: "traefik.io/ingress-controller", nginx: "k8s.io/ingress-nginx" } as const;

/** The class objects of the ingress controllers that the platform plays. */
export function ingressClasses(): V1IngressClass[] {
    return Object.entries(ingressControllers).map(([name, controller], index) => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: {
            name,
            labels: platformLabel,
            annotations: { "ingressclass.kubernetes.io/is-default-class": String(index === 0) },
        },
        spec: { controller },
    }));
}

function storage(provisioner: string, binding: StorageKind["binding"], reach: StorageKind["reach"]): StorageKind {
    return { provisioner, binding, expandable: true, reach, shared: false };
}
