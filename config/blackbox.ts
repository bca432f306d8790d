import { blackboxModuleSchema, type BlackboxModule, type BlackboxSettings } from "./schema/blackbox";
import type { z } from "zod";

const withoutSettings = {
    http_2xx: { kind: "http" },
    http_post_2xx: { kind: "http", method: "POST" },
    http_2xx_tls: { kind: "http", tls: "required" },
    tcp_connect: { kind: "tcp" },
    tls_connect: { kind: "tcp", tls: true },
    grpc: { kind: "grpc" },
} satisfies Record<string, z.input<typeof blackboxModuleSchema>>;

/** Every module of the exporter by its name: those of the settings, and the usual ones beside them. */
export function blackboxModules({ modules }: Pick<BlackboxSettings, "modules">): Record<string, BlackboxModule> {
    const usual = Object.entries(withoutSettings).map(([name, module]) => [name, blackboxModuleSchema.parse(module)]);
    return { ...(Object.fromEntries(usual) as Record<string, BlackboxModule>), ...modules };
}

/** Where the packets of a probe go. */
export interface ProbedPeer {
    /** Name or address, an IPv6 address without its brackets. */
    readonly host: string;
    readonly port: number;
    readonly protocol: "TCP" | "UDP";
}

const DNS = 53;
const HTTPS = 443;

/** Host and port of `db.example.com:5432`, `[2001:db8::1]:53`. */
function hostAndPort(target: string, usual?: number): Pick<ProbedPeer, "host" | "port"> | undefined {
    const [, bracketed, plain, given] =
        /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?))(?::(\d{1,5}))?$/.exec(target) ?? [];
    const host = bracketed ?? plain;
    const port = given === undefined ? usual : Number(given);
    return host === undefined || port === undefined || port > 65_535 ? undefined : { host, port };
}

function httpPeers(target: string, followRedirects: boolean): ProbedPeer[] | undefined {
    if (!URL.canParse(target)) {
        return undefined;
    }
    const { protocol, hostname, port, username, password } = new URL(target);
    if (!["http:", "https:"].includes(protocol) || username !== "" || password !== "") {
        return undefined;
    }
    const peer = (at: number): ProbedPeer => ({ host: hostname.replace(/^\[|\]$/g, ""), port: at, protocol: "TCP" });
    const own = port === "" ? (protocol === "http:" ? 80 : HTTPS) : Number(port);
    // Plain HTTP redirects to HTTPS more often than not.
    return [peer(own), ...(followRedirects && protocol === "http:" && own !== HTTPS ? [peer(HTTPS)] : [])];
}

/** Where a probe's packets go; undefined where the target isn't what the module takes. */
export function probedPeers(module: BlackboxModule, target: string): ProbedPeer[] | undefined {
    if (module.kind === "http") {
        return httpPeers(target, module.followRedirects);
    }
    const peer = hostAndPort(target, module.kind === "dns" ? DNS : undefined);
    const protocol = module.kind === "dns" && module.transport === "udp" ? "UDP" : "TCP";
    return peer && [{ ...peer, protocol }];
}

/** What a module takes as a target, in words. */
export const targetForms: Readonly<Record<BlackboxModule["kind"], string>> = {
    http: "a URL without login, such as https://example.com/health",
    tcp: "a host and a port, such as db.example.com:5432",
    dns: "a DNS server, such as 192.0.2.53 or ns1.example.com:53",
    grpc: "a host and a port, such as api.example.com:443",
};
