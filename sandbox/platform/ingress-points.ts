import { CoreV1Api, NetworkingV1Api } from "@kubernetes/client-node";
import type { KubeConfig, V1Ingress, V1IngressClass, V1Service } from "@kubernetes/client-node";
import { mergePatch, orMissing } from "./cluster";
import { network, platformLabel } from "./settings";

const legacyClassAnnotation = "kubernetes.io/ingress.class";
const defaultClassAnnotation = "ingressclass.kubernetes.io/is-default-class";
/** Addresses up to here belong to the ingress controllers, those above to Services. */
const lastControllerAddress = 19;

/** A status that a cloud's controllers would set: the address where traffic comes in, or none. */
export interface IngressPoint {
    kind: "Service" | "Ingress";
    namespace: string;
    name: string;
    ip: string | undefined;
}

/** The Services whose load balancer's address is missing or left over. */
export function serviceActions(services: readonly V1Service[]): IngressPoint[] {
    const taken = new Set(services.flatMap((service) => addressOf(service) ?? []));
    return services.flatMap((service): IngressPoint[] => {
        const { metadata, spec } = service;
        // A class of its own asks for a controller that isn't here.
        const wanted = spec?.type === "LoadBalancer" && spec.loadBalancerClass === undefined;
        const has = addressOf(service) !== undefined;
        if (metadata?.name === undefined || metadata.namespace === undefined || wanted === has) {
            return [];
        }
        const ip = wanted ? freeAddress(taken) : undefined;
        return [{ kind: "Service", namespace: metadata.namespace, name: metadata.name, ip }];
    });
}

/** The Ingresses of the classes that the platform plays and that have no address yet. */
export function ingressActions(ingresses: readonly V1Ingress[], classes: readonly V1IngressClass[]): IngressPoint[] {
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
        const ip = `${network.externalIpPrefix}${index + 1}`;
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

function freeAddress(taken: Set<string>): string {
    for (let last = lastControllerAddress + 1; last < 255; last += 1) {
        const ip = `${network.externalIpPrefix}${last}`;
        if (!taken.has(ip)) {
            taken.add(ip);
            return ip;
        }
    }
    throw new Error("the simulated cluster has no address left for another LoadBalancer Service");
}
