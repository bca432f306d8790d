import type { AccessSettings } from "../../config/schema";
import type { KeyRef } from "../operated/key-ref";

/** Fields that a ServiceMonitor's endpoint, a PodMonitor's, a ScrapeConfig and its `httpSDConfigs` have alike. */
export interface AccessSpec {
    tlsConfig?: {
        ca?: { secret: KeyRef } | { configMap: KeyRef };
        serverName?: string;
        cert?: { secret: KeyRef };
        keySecret?: KeyRef;
    };
    basicAuth?: { username: KeyRef; password: KeyRef };
    authorization?: { type: "Bearer"; credentials: KeyRef };
}

function tlsConfig({ ca, serverName, clientSecretName: client }: NonNullable<AccessSettings["tls"]>) {
    const authority = ca && { name: ca.name, key: ca.key };
    return {
        ...(authority === undefined
            ? {}
            : { ca: ca?.kind === "configMap" ? { configMap: authority } : { secret: authority } }),
        ...(serverName === undefined ? {} : { serverName }),
        ...(client === undefined
            ? {}
            : { cert: { secret: { name: client, key: "tls.crt" } }, keySecret: { name: client, key: "tls.key" } }),
    };
}

function authentication(login: NonNullable<AccessSettings["login"]>): AccessSpec {
    const { secretName: name } = login;
    return login.kind === "basic"
        ? { basicAuth: { username: { name, key: "username" }, password: { name, key: "password" } } }
        : { authorization: { type: "Bearer", credentials: { name, key: login.key } } };
}

/** How Prometheus gets in, for the operator: by references alone. */
export function accessSpec({ tls, login }: AccessSettings): AccessSpec {
    return {
        ...(tls === undefined ? {} : { tlsConfig: tlsConfig(tls) }),
        ...(login === undefined ? {} : authentication(login)),
    };
}
