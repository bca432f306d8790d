import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { anywhere, type Exposure } from "../../config/schema";
import { type Endpoint, urlOf } from "../workload/endpoint";
import type { ServiceArgs } from "../workload/workload";
import type { Platform } from "./platform";

/**
 * What the Service needs for its exposure.
 *
 * @param clients address ranges that a load balancer lets in
 */
export function exposedService(
    exposure: Exposure,
    portName: string,
    clients: readonly string[],
): Pick<ServiceArgs, "type" | "nodePorts" | "sourceRanges"> {
    if (balanced(exposure)) {
        return {
            type: "LoadBalancer",
            ...(anywhere.some((range) => clients.includes(range)) ? {} : { sourceRanges: [...clients] }),
        };
    }
    return exposure.kind === "nodePort" ? { type: "NodePort", nodePorts: { [portName]: exposure.port } } : {};
}

/** Whether a load balancer leads to the Service. */
function balanced(exposure: Exposure): boolean {
    return exposure.kind === "loadBalancer" || (exposure.kind === "ingress" && exposure.loadBalancer);
}

/** Where cert-manager's pod listens that answers a challenge. */
const SOLVER_PORT = 8089;

/** A URL without the port that it has anyway. */
const httpUrl = (host: string, port: number) => `http://${host}${port === 80 ? "" : `:${port}`}`;

/**
 * The URL that users type, where settings alone tell it; undefined otherwise.
 *
 * @param servicePort port of the Service, at which a load balancer listens
 */
export function externalUrl(exposure: Exposure, host: string | undefined, servicePort: number): string | undefined {
    if (host === undefined) {
        return undefined;
    }
    switch (exposure.kind) {
        case "ingress":
            return `${exposure.tls.kind === "none" ? "http" : "https"}://${host}`;
        case "nodePort":
            return httpUrl(host, exposure.port);
        case "loadBalancer":
            return httpUrl(host, servicePort);
        case "none":
            return undefined;
    }
}

/** Inputs of {@link ExternalAccess}. */
export interface ExternalAccessArgs {
    platform: Platform;
    exposure: Exposure;
    /** Name of the Ingress. */
    objectName: string;
    /** What is exposed. */
    endpoint: Endpoint;
    /** The endpoint's Service, whose address a load balancer gives. */
    service: k8s.core.v1.Service;
    /** Required with an ingress. */
    host?: string;
}

/** The way into the stack from outside: an Ingress where one is asked for, the edge to the endpoint, and the URL. */
export class ExternalAccess extends pulumi.ComponentResource {
    /** Where users find it; an address inside the cluster where nothing is exposed. */
    public readonly url: pulumi.Output<string>;

    constructor(name: string, args: ExternalAccessArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:platform:ExternalAccess", name, {}, opts);
        const { platform, exposure, endpoint, host } = args;
        if (exposure.kind === "ingress") {
            if (host === undefined) {
                throw new pulumi.ResourceError(
                    `${name}: an ingress needs a host name; set \`host\`, such as grafana.example.com, ` +
                        `or another exposure.kind (nodePort, loadBalancer, none)`,
                    this,
                    true,
                );
            }
            this.addIngress(name, args, exposure, host);
            platform.network.ingress("ingressController", endpoint);
            if (exposure.tls.kind === "certManager") {
                admitSolver(platform);
            }
        }
        if (exposure.kind === "nodePort" || balanced(exposure)) {
            platform.network.ingress("clients", endpoint);
        }
        this.url = urlOfExposure(args);
        this.registerOutputs({ url: this.url });
    }

    private addIngress(
        name: string,
        { platform, objectName, endpoint, service }: ExternalAccessArgs,
        { className, tls, annotations }: Extract<Exposure, { kind: "ingress" }>,
        host: string,
    ): void {
        const secretName = tls.kind === "existing" ? tls.secretName : `${objectName}-tls`;
        new k8s.networking.v1.Ingress(
            name,
            {
                metadata: {
                    ...platform.metadata(objectName, endpoint.pods.labels),
                    annotations: {
                        ...annotations,
                        ...(tls.kind === "certManager" ? { "cert-manager.io/cluster-issuer": tls.clusterIssuer } : {}),
                    },
                },
                spec: {
                    ...(className === undefined ? {} : { ingressClassName: className }),
                    ...(tls.kind === "none" ? {} : { tls: [{ hosts: [host], secretName }] }),
                    rules: [
                        {
                            host,
                            http: {
                                paths: [
                                    {
                                        path: "/",
                                        pathType: "Prefix",
                                        backend: {
                                            service: { name: endpoint.service, port: { name: endpoint.portName } },
                                        },
                                    },
                                ],
                            },
                        },
                    ],
                },
            },
            // An Ingress isn't ready before the Service of its path: without the order it waits for a minute in vain.
            { parent: this, dependsOn: [service] },
        );
    }
}

/**
 * Lets an ACME issuer's HTTP-01 challenge through: cert-manager puts a pod beside the Ingress that answers it, with this label and
 * port (pkg/issuer/acme/http). Of other issuers there is no such pod.
 */
function admitSolver({ namespace, network }: Platform): void {
    const name = "acme-http01-solver";
    const pods = { workload: name, namespace, labels: { "acme.cert-manager.io/http01-solver": "true" } };
    network.register(pods);
    network.ingress("ingressController", {
        service: name,
        namespace,
        portName: "http",
        port: SOLVER_PORT,
        podPort: SOLVER_PORT,
        pods,
    });
}

function urlOfExposure({ exposure, host, endpoint, service }: ExternalAccessArgs): pulumi.Output<string> {
    const known = externalUrl(exposure, host, endpoint.port);
    if (known !== undefined) {
        return pulumi.output(known);
    }
    switch (exposure.kind) {
        case "loadBalancer":
            return service.status.apply((status: k8s.types.output.core.v1.ServiceStatus | undefined) => {
                const [address] = status?.loadBalancer.ingress ?? [];
                const name = address?.hostname ?? address?.ip;
                return name === undefined ? urlOf(endpoint) : httpUrl(name, endpoint.port);
            });
        case "nodePort":
            return pulumi.output(`http://<address of any node>:${exposure.port}`);
        case "ingress":
        case "none":
            return pulumi.output(urlOf(endpoint));
    }
}
