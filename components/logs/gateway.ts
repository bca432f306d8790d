import type * as pulumi from "@pulumi/pulumi";
import type { LokiSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import type { ContainerArgs } from "../workload/pod";
import { Workload } from "../workload/workload";
import { gatewayConfig, gatewayHealthPath, gatewayPort, statusUrl, type UpstreamRole } from "./gateway-config";

/** Inputs of {@link lokiGateway}. */
export interface LokiGatewayArgs {
    platform: Platform;
    images: Pick<Images, "lokiGateway" | "lokiGatewayExporter">;
    settings: Extract<LokiSettings, { kind: "simpleScalable" }>["gateway"];
    upstreams: Record<UpstreamRole, Endpoint>;
    /** Value of the label `job`. */
    job: string;
}

const objectName = "loki-gateway";
const configFolder = "/etc/loki-gateway";

/** The one address of a divided Loki: nginx, and the exporter that turns its counters into metrics. */
export function lokiGateway(name: string, args: LokiGatewayArgs, opts: pulumi.ComponentResourceOptions): Workload {
    const { platform, images, upstreams } = args;
    const workload = new Workload(
        name,
        {
            platform,
            app: "nginx",
            component: objectName,
            version: images.lokiGateway.version,
            objectName,
            controller: { kind: "Deployment", replicas: args.settings.replicas },
            user: 101,
            containers: [nginx(args), exporter(args)],
            services: [{ name: objectName, ports: ["http", "metrics"] }],
            scrapes: [{ job: args.job, port: "metrics" }],
            config: [
                {
                    name: "loki-gateway-config",
                    mountPath: configFolder,
                    files: { "nginx.conf": gatewayConfig(upstreams) },
                },
            ],
        },
        opts,
    );
    for (const upstream of Object.values(upstreams)) {
        platform.network.connect(workload.pods, upstream);
    }
    return workload;
}

function nginx({ images, settings }: LokiGatewayArgs): ContainerArgs {
    return {
        name: "nginx",
        image: images.lokiGateway.image,
        // Past the image's entry point, whose scripts want to write to /etc.
        command: ["nginx"],
        args: ["-e", "/dev/stderr", "-c", `${configFolder}/nginx.conf`, "-g", "daemon off;"],
        ports: { http: { port: gatewayPort, servicePort: 80 } },
        // It answers for itself alone: were it unready while the readers are away, nothing could be written.
        probes: {
            readiness: { path: gatewayHealthPath, port: "http" },
            liveness: { path: gatewayHealthPath, port: "http", periodSeconds: 30 },
        },
        resources: settings.resources,
        scratch: { "/tmp": "256Mi" },
    };
}

function exporter({ images, settings }: LokiGatewayArgs): ContainerArgs {
    // Its start page: /metrics would ask nginx, which has probes of its own.
    const page = { path: "/", port: "metrics" };
    return {
        name: "exporter",
        image: images.lokiGatewayExporter.image,
        args: [`--nginx.scrape-uri=${statusUrl.href}`, "--log.format=json"],
        ports: { metrics: { port: 9113 } },
        probes: { readiness: page, liveness: { ...page, periodSeconds: 30 } },
        resources: settings.exporter.resources,
    };
}
