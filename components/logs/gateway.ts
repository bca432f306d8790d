import type * as pulumi from "@pulumi/pulumi";
import type { Resources } from "../../config/schema";
import type { Image } from "../../config/versions";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import { Workload } from "../workload/workload";
import { gatewayConfig, gatewayHealthPath, gatewayPort, type UpstreamRole } from "./gateway-config";

/** Inputs of {@link lokiGateway}. */
export interface LokiGatewayArgs {
    platform: Platform;
    image: Image;
    replicas: number;
    resources: Resources;
    upstreams: Record<UpstreamRole, Endpoint>;
}

const configFolder = "/etc/loki-gateway";

/**
 * The one address of a divided Loki. It isn't scraped: nginx has no metrics of its own, and what it passes on is
 * counted by the roles behind it.
 */
export function lokiGateway(name: string, args: LokiGatewayArgs, opts: pulumi.ComponentResourceOptions): Workload {
    const { platform, upstreams } = args;
    const workload = new Workload(
        name,
        {
            platform,
            app: "nginx",
            component: "loki-gateway",
            version: args.image.version,
            objectName: "loki-gateway",
            controller: { kind: "Deployment", replicas: args.replicas },
            user: 101,
            containers: [
                {
                    name: "nginx",
                    image: args.image.image,
                    // Past the image's entry point, whose scripts want to write to /etc.
                    command: ["nginx"],
                    args: ["-e", "/dev/stderr", "-c", `${configFolder}/nginx.conf`, "-g", "daemon off;"],
                    ports: { http: { port: gatewayPort, servicePort: 80 } },
                    // It answers for itself alone: were it unready while the readers are away, nothing could be written.
                    probes: {
                        readiness: { path: gatewayHealthPath, port: "http" },
                        liveness: { path: gatewayHealthPath, port: "http", periodSeconds: 30 },
                    },
                    resources: args.resources,
                    scratch: { "/tmp": "256Mi" },
                },
            ],
            scrapes: [],
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
