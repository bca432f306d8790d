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
 * The engine that started the plugin.
 * @param address `host:port`, the plugin's first argument; absent when a person started it: nothing is logged
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
