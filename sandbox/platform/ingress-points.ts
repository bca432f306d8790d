import { CoreV1Api, NetworkingV1Api } from "@kubernetes/client-node";
import type { KubeConfig, V1Ingress, V1IngressClass, V1Service } from "@kubernetes/client-node";
import { mergePatch, orMissing } from "../../cli/kubernetes";
import { platformLabel } from "./settings";
import type { ExternalAddresses } from "./settings";

const legacyClassAnnotation = "kubernetes.io/ingress.class";
const defaultClassAnnotation = "ingressclass.kubernetes.io/is-default-class";

/** A status that a cloud's controllers would set: the address where traffic comes in, or none. */
export interface IngressPoint {
    kind: "Service" | "Ingress";
    namespace: string;
    name: string;
    ip: string | undefined;
}

/** The Services whose load balancer's address is missing or left over. */
export function serviceActions(services: readonly V1Service[], external: ExternalAddresses): IngressPoint[] {
    const taken = new Set(services.flatMap((service) => addressOf(service) ?? []));
    return services.flatMap((service): IngressPoint[] => {
        const { metadata, spec } = service;
        // A class of its own asks for a controller that isn't here.
        const wanted = spec?.type === "LoadBalancer" && spec.loadBalancerClass === undefined;
        const has = addressOf(service) !== undefined;
        if (metadata?.name === undefined || metadata.namespace === undefined || wanted === has) {
            return [];
        }
        const ip = wanted ? freeAddress(taken, external) : undefined;
        return [{ kind: "Service", namespace: metadata.namespace, name: metadata.name, ip }];
    });
}

/** The Ingresses of the classes that the platform plays and that have no address yet. */
export function ingressActions(
    ingresses: readonly V1Ingress[],
    classes: readonly V1IngressClass[],
    { prefix, firstIngress }: ExternalAddresses,
): IngressPoint[] {
    const ours = classes.filter(({ metadata }) =>
        Object.entries(platformLabel).every(([key, value]) => metadata?.labels?.[key] === value),
    );
    return ingresses.flatMap((ingress): IngressPoint[] => {
        const { metadata, spec, status } = ingress;
        const wantedClass = spec?.ingressClassName ?? metadata?.annotations?.[legacyClassAnnotation];
        const index = ours.findIndex((ingressClass) =>
            wantedClass === undefined
                ? ingressClass.metadata?.annotations?.[defaultClassAnnotation] === "true"
                : ingressClass.metadata?.name === wantedClass,
        );
        const has = (status?.loadBalancer?.ingress ?? []).length > 0;
        if (metadata?.name === undefined || metadata.namespace === undefined || index < 0 || has) {
            return [];
        }
        const ip = `${prefix}${firstIngress + index}`;
        return [{ kind: "Ingress", namespace: metadata.namespace, name: metadata.name, ip }];
    });
}

/** Writes the status; an object that went meanwhile is fine. */
export async function setStatus(config: KubeConfig, { kind, namespace, name, ip }: IngressPoint): Promise<void> {
    const loadBalancer = { ingress: ip === undefined ? null : [{ ip }] };
    const request = { namespace, name, body: { status: { loadBalancer } } };
    await orMissing<V1Service | V1Ingress>(
        kind === "Service"
            ? config.makeApiClient(CoreV1Api).patchNamespacedServiceStatus(request, mergePatch)
            : config.makeApiClient(NetworkingV1Api).patchNamespacedIngressStatus(request, mergePatch),
    );
}

function addressOf(service: V1Service): string | undefined {
    return service.status?.loadBalancer?.ingress?.[0]?.ip;
}

function freeAddress(taken: Set<string>, { prefix, firstService, last }: ExternalAddresses): string {
    for (let number = firstService; number <= last; number += 1) {
        const ip = `${prefix}${number}`;
        if (!taken.has(ip)) {
            taken.add(ip);
            return ip;
        }
    }
    throw new Error("the sandbox's cluster has no address left for another LoadBalancer Service");
}
