import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadArgs } from "./args";
import { makeController } from "./controller";
import type { Endpoint, PodPeer } from "./endpoint";
import { addDisruptionBudget, type SelectorLabels } from "./house";
import { ServiceAccount } from "./rbac";
import { serviceMonitor } from "./service-monitor";
import { findPort, type ResolvedService, resolveServices, servicePort, serviceSpec } from "./services";

export type { Controller, HostAccess, ServiceArgs, WorkloadArgs } from "./args";

/** Marks the one Service of a workload through which it is scraped. */
export const scrapedLabel = "perch.dev/scraped";

/**
 * One controller and all that belongs to it, by the house standard: labels, an unprivileged pod with probes and
 * resources, spread and disruption budget, Services, a ServiceMonitor, its own ServiceAccount with just its rules, and
 * configuration whose change rolls the pods.
 */
export class Workload extends pulumi.ComponentResource {
    public readonly pods: PodPeer;
    /** The Deployment, StatefulSet or DaemonSet. */
    public readonly controller: pulumi.CustomResource;
    public readonly serviceAccountName: string;

    private readonly args: WorkloadArgs;
    private readonly selector: SelectorLabels;
    private readonly services: ResolvedService[];
    private readonly serviceObjects = new Map<string, k8s.core.v1.Service>();
    private readonly namespace: string;

    constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:workload:Workload", name, {}, opts);
        const { platform, objectName } = args;
        this.args = args;
        this.selector = platform.selector(args.app, args.component ?? args.app);
        this.services = resolveServices(args);
        this.namespace = args.host === undefined ? platform.namespace : platform.hostNamespace;
        this.pods = {
            workload: objectName,
            namespace: this.namespace,
            labels: this.selector,
            ...(args.host?.hostNetwork === true ? { hostNetwork: true } : {}),
        };
        this.serviceAccountName = objectName;
        platform.network.register(this.pods);
        this.countDemand();

        const account = new ServiceAccount(
            name,
            {
                platform,
                objectName,
                namespace: this.namespace,
                labels: this.selector,
                ...(args.serviceAccountAnnotations === undefined
                    ? {}
                    : { annotations: args.serviceAccountAnnotations }),
                ...(args.rules === undefined ? {} : { rules: args.rules }),
            },
            { parent: this },
        );
        const configMaps = this.addConfigMaps(name);
        const headless = this.services.filter((s) => s.headless).map((s) => this.addService(name, s, []));
        this.controller = makeController(
            name,
            args,
            {
                metadata: this.metadata(objectName),
                selector: this.selector,
                governingService: this.services.find((s) => s.headless)?.name ?? objectName,
            },
            { parent: this, dependsOn: [account, ...configMaps, ...headless] },
        );
        // Pulumi waits until a Service has ready pods, so it comes after what makes them.
        for (const service of this.services.filter((s) => !s.headless)) {
            this.addService(name, service, [this.controller]);
        }
        this.addDisruptionBudget(name);
        this.addServiceMonitor(name);
        this.registerOutputs({ name: objectName });
    }

    /**
     * Where a client reaches one of the workload's ports.
     *
     * @param serviceName  @default the first Service that has the port and isn't headless
     */
    endpoint(portName: string, serviceName?: string): Endpoint {
        const port = findPort(this.args, portName);
        const service = this.services.find(
            (s) => s.ports.includes(portName) && (serviceName === undefined ? !s.headless : s.name === serviceName),
        );
        if (service === undefined || port === undefined) {
            throw new pulumi.ResourceError(
                `${this.args.objectName} has no port "${portName}" behind ${serviceName ?? "a Service of its own"}`,
                this,
            );
        }
        return {
            service: service.name,
            namespace: this.namespace,
            portName,
            port: servicePort(service, port),
            podPort: port.port,
            ...(port.protocol === undefined ? {} : { protocol: port.protocol }),
            pods: this.pods,
        };
    }

    /** The Service behind an endpoint of this workload, such as for the address that a load balancer gave it. */
    service({ service }: Endpoint): k8s.core.v1.Service {
        const made = this.serviceObjects.get(service);
        if (made === undefined) {
            throw new pulumi.ResourceError(`${this.args.objectName} has no Service ${service}`, this);
        }
        return made;
    }

    private metadata(objectName: string, labels: Record<string, string> = {}) {
        const own = { ...this.selector, "app.kubernetes.io/version": this.args.version, ...labels };
        return this.args.platform.metadata(objectName, own, this.namespace);
    }

    private countDemand(): void {
        const { controller, platform, containers, objectName } = this.args;
        const replicas = controller.kind === "DaemonSet" ? (platform.nodes ?? 1) : controller.replicas;
        const volume = controller.kind === "StatefulSet" ? controller.volume?.size : undefined;
        containers.forEach((container, index) => {
            platform.capacity.add({
                workload: index === 0 ? objectName : `${objectName}/${container.name}`,
                replicas,
                requests: container.resources.requests,
                ...(volume !== undefined && index === 0 ? { volume } : {}),
            });
        });
    }

    private addConfigMaps(name: string): pulumi.Resource[] {
        return (this.args.config ?? []).map(
            (config) =>
                new k8s.core.v1.ConfigMap(
                    `${name}-${config.name}`,
                    { metadata: this.metadata(config.name), data: config.files },
                    { parent: this },
                ),
        );
    }

    private addService(name: string, service: ResolvedService, dependsOn: pulumi.Resource[]): pulumi.Resource {
        const scraped = this.args.scrapes.length > 0 && this.services[0]?.name === service.name;
        const made = new k8s.core.v1.Service(
            `${name}-${service.name}`,
            {
                metadata: this.metadata(service.name, scraped ? { [scrapedLabel]: "true" } : {}),
                spec: serviceSpec(this.args, service, this.selector),
            },
            { parent: this, dependsOn },
        );
        this.serviceObjects.set(service.name, made);
        return made;
    }

    private addDisruptionBudget(name: string): void {
        const { controller, objectName } = this.args;
        if (controller.kind !== "DaemonSet") {
            const metadata = this.metadata(objectName);
            const { replicas } = controller;
            addDisruptionBudget(name, { metadata, pods: this.selector, replicas }, { parent: this });
        }
    }

    private addServiceMonitor(name: string): void {
        const { scrapes, platform, objectName } = this.args;
        if (scrapes.length === 0) {
            return;
        }
        for (const scrape of scrapes) {
            platform.network.scrape(this.endpoint(scrape.port, this.services[0]?.name));
        }
        serviceMonitor(
            name,
            {
                platform,
                objectName,
                namespace: this.namespace,
                selector: { ...this.selector, [scrapedLabel]: "true" },
                scrapes,
            },
            { parent: this },
        );
    }
}
