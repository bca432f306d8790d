import type { input } from "@pulumi/kubernetes/types";
import type { ServiceArgs, WorkloadArgs } from "./args";
import type { PortArgs } from "./pod";

/** A Service with its defaults filled in. */
export type ResolvedService = ServiceArgs & { headless: boolean; ports: string[] };

/** A container port by its name, wherever in the pod it is. */
export function findPort(args: WorkloadArgs, name: string): PortArgs | undefined {
    return args.containers.map((container) => container.ports[name]).find((port) => port !== undefined);
}

/** The Services of a workload: those it names, or one with every port and, for a StatefulSet, a headless one. */
export function resolveServices(args: WorkloadArgs): ResolvedService[] {
    const own: ServiceArgs[] = args.services ?? [
        { name: args.objectName },
        ...(args.controller.kind === "StatefulSet" ? [{ name: `${args.objectName}-headless`, headless: true }] : []),
    ];
    return own.map((service) => ({
        ...service,
        headless: service.headless ?? false,
        ports: service.ports ?? Object.keys(args.containers[0].ports),
    }));
}

/** Port of a Service: a headless one has no address of its own, so its clients use the pod's port. */
export function servicePort(service: ResolvedService, port: PortArgs): number {
    return service.headless ? port.port : (port.servicePort ?? port.port);
}

/**
 * The spec of one Service.
 *
 * @throws Error when it names a port that no container has
 */
export function serviceSpec(
    args: WorkloadArgs,
    service: ResolvedService,
    selector: Record<string, string>,
): input.core.v1.ServiceSpec {
    return {
        type: service.type ?? "ClusterIP",
        ...(service.headless ? { clusterIP: "None" } : {}),
        ...(service.publishNotReadyAddresses === true ? { publishNotReadyAddresses: true } : {}),
        ...(service.sourceRanges === undefined ? {} : { loadBalancerSourceRanges: service.sourceRanges }),
        selector,
        ports: service.ports.map((name) => {
            const port = findPort(args, name);
            if (port === undefined) {
                throw new Error(`Service ${service.name} offers the port "${name}", which no container has`);
            }
            const nodePort = service.nodePorts?.[name];
            return {
                name,
                port: servicePort(service, port),
                targetPort: name,
                protocol: port.protocol ?? "TCP",
                ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
                ...(nodePort === undefined ? {} : { nodePort }),
            };
        }),
    };
}
