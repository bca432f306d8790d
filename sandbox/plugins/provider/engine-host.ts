import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity as WireSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { EngineHost, LogSeverity } from "./types";

const severities: Record<LogSeverity, WireSeverity> = {
    debug: WireSeverity.DEBUG,
    info: WireSeverity.INFO,
    warning: WireSeverity.WARNING,
    error: WireSeverity.ERROR,
};

/**
 * The engine's address, `host:port`, on the command line of what it starts: the last argument, after options such as
 * `--tracing <address>` that it passes on.
 */
export function engineAddress(argv: readonly string[]): string | undefined {
    const last = argv.slice(2).at(-1);
    return last?.startsWith("-") === true ? undefined : last;
}

/**
 * The engine that started the plugin.
 * @param address `host:port`; absent when a person started it: nothing is logged
 */
export function connectToEngine(address: string | undefined): EngineHost {
    if (address === undefined || address === "") {
        return { log: () => undefined };
    }
    const client = new EngineClient(address, credentials.createInsecure());
    return {
        log(severity, message, urn = "", ephemeral = false): void {
            const request = new LogRequest();
            request.setSeverity(severities[severity]);
            request.setMessage(message);
            request.setUrn(urn);
            request.setEphemeral(ephemeral);
            client.log(request, () => undefined);
        },
    };
}
