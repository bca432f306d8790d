import type { Resources } from "../../config/schema";
import type { ContainerArgs, PortArgs } from "../workload/pod";

/** Numeric user of the Thanos image. */
export const thanosUser = 65534;

/** Seconds that a server may use to end its requests; above its own `--http-grace-period` and `--grpc-grace-period` of 2m. */
export const gracePeriodSeconds = 130;

const ports = {
    http: { port: 10902 },
    grpc: { port: 10901, appProtocol: "grpc" },
} satisfies Record<string, PortArgs>;

/** One Thanos process; `subcommand` is the first argument. */
export function thanosContainer(args: {
    name: string;
    image: string;
    subcommand: "query" | "query-frontend" | "store" | "compact";
    flags: string[];
    resources: Resources;
    env?: ContainerArgs["env"];
}): ContainerArgs {
    const serves = args.subcommand !== "compact" && args.subcommand !== "query-frontend";
    return {
        name: args.name,
        image: args.image,
        args: [
            args.subcommand,
            "--log.format=json",
            `--http-address=0.0.0.0:${ports.http.port}`,
            ...(serves ? [`--grpc-address=0.0.0.0:${ports.grpc.port}`] : []),
            // Below a hard limit the runtime collects in time instead of being killed. Without one there is nothing to heed.
            ...(args.resources.limits.memory === undefined ? [] : ["--enable-auto-gomemlimit"]),
            ...args.flags,
        ],
        ...(args.env === undefined || args.env.length === 0 ? {} : { env: args.env }),
        ports: serves ? ports : { http: ports.http },
        probes: {
            readiness: { path: "/-/ready", port: "http", periodSeconds: 5, failureThreshold: 20 },
            liveness: { path: "/-/healthy", port: "http", periodSeconds: 30, failureThreshold: 4 },
        },
        resources: args.resources,
        scratch: { "/tmp": "64Mi" },
    };
}
