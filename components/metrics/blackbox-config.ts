import { stringify } from "yaml";
import { blackboxModules } from "../../config/blackbox";
import type { BlackboxModule, BlackboxSettings } from "../../config/schema";

type Of<K extends BlackboxModule["kind"]> = Extract<BlackboxModule, { kind: K }>;

function common({ ipProtocol }: BlackboxModule) {
    return { preferred_ip_protocol: ipProtocol, ip_protocol_fallback: true };
}

function tlsConfig(verifyCertificate: boolean) {
    return verifyCertificate ? {} : { tls_config: { insecure_skip_verify: true } };
}

/** A list where there is something in it: an empty one would mean that nothing is right. */
function list(key: string, values: readonly unknown[]): Record<string, readonly unknown[]> {
    return values.length === 0 ? {} : { [key]: values };
}

function http(module: Of<"http">) {
    const { method, headers, body, statusCodes, followRedirects, tls, verifyCertificate } = module;
    return {
        ...common(module),
        method,
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
        ...list("valid_status_codes", statusCodes),
        follow_redirects: followRedirects,
        ...(tls === "required" ? { fail_if_not_ssl: true } : tls === "refused" ? { fail_if_ssl: true } : {}),
        ...tlsConfig(verifyCertificate),
        ...list("fail_if_body_not_matches_regexp", module.bodyMatches),
        ...list("fail_if_body_matches_regexp", module.bodyLacks),
    };
}

function tcp(module: Of<"tcp">) {
    const dialogue = module.dialogue.map(({ expect, send, startTls }) => ({
        ...(expect === undefined ? {} : { expect }),
        ...(send === undefined ? {} : { send }),
        ...(startTls ? { starttls: true } : {}),
    }));
    return {
        ...common(module),
        tls: module.tls,
        ...tlsConfig(module.verifyCertificate),
        ...list("query_response", dialogue),
    };
}

function dns(module: Of<"dns">) {
    return {
        ...common(module),
        transport_protocol: module.transport,
        query_name: module.name,
        query_type: module.type,
        valid_rcodes: module.responseCodes,
        ...(module.answer === undefined
            ? {}
            : { validate_answer_rrs: { fail_if_none_matches_regexp: [module.answer] } }),
    };
}

function grpc(module: Of<"grpc">) {
    const { service, tls, verifyCertificate } = module;
    return { ...common(module), service, tls, ...tlsConfig(verifyCertificate) };
}

function prober(module: BlackboxModule) {
    switch (module.kind) {
        case "http":
            return { prober: "http", http: http(module) };
        case "tcp":
            return { prober: "tcp", tcp: tcp(module) };
        case "dns":
            return { prober: "dns", dns: dns(module) };
        case "grpc":
            return { prober: "grpc", grpc: grpc(module) };
    }
}

/** The exporter's configuration. */
export function renderBlackboxConfig(settings: Pick<BlackboxSettings, "modules">): string {
    const modules = Object.entries(blackboxModules(settings)).map(([name, module]) => [
        name,
        { ...(module.timeout === undefined ? {} : { timeout: module.timeout }), ...prober(module) },
    ]);
    return stringify({ modules: Object.fromEntries(modules) as object }, { lineWidth: 0 });
}
