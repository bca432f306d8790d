import type { StoreEndpointSettings, ThanosSettings } from "../../config/schema";
import { portsOf } from "../platform/ports";
import type { ConfigFiles, SecretFiles } from "../workload/files";

type Endpoints = ThanosSettings["query"]["endpoints"];

const caFolder = "/etc/thanos/endpoint-cas";
const clientFolder = (name: string) => `/etc/thanos/endpoint-clients/${name}`;

const verified = ({ tls }: StoreEndpointSettings) => (tls.kind === "verified" ? tls : undefined);

/** Other clusters' servers as Thanos Query's file has them (`--endpoint.sd-config-file`). */
export function otherEndpoints(endpoints: Endpoints): object[] {
    return Object.entries(endpoints).flatMap(([name, settings]) => {
        const { caCertificate, serverName, clientSecretName } = verified(settings) ?? {};
        const client =
            verified(settings) === undefined
                ? {}
                : {
                      client_config: {
                          tls_config: {
                              enabled: true,
                              ...(caCertificate === undefined ? {} : { ca_file: `${caFolder}/${name}.crt` }),
                              ...(clientSecretName === undefined
                                  ? {}
                                  : {
                                        cert_file: `${clientFolder(name)}/tls.crt`,
                                        key_file: `${clientFolder(name)}/tls.key`,
                                    }),
                          },
                          ...(serverName === undefined ? {} : { server_name: serverName }),
                      },
                  };
        return settings.addresses.map((address) => ({ address, ...client }));
    });
}

/** Ports that Thanos Query calls: each once, in order. */
export function otherEndpointPorts(endpoints: Endpoints): number[] {
    return portsOf(Object.values(endpoints).flatMap(({ addresses }) => addresses));
}

/** CAs of the other clusters; a change rolls the pods, for a connection that is open keeps its own. */
export function otherEndpointCas(endpoints: Endpoints): ConfigFiles[] {
    const files = Object.entries(endpoints).flatMap(([name, settings]): [string, string][] => {
        const ca = verified(settings)?.caCertificate;
        return ca === undefined ? [] : [[`${name}.crt`, ca]];
    });
    return files.length === 0
        ? []
        : [{ name: "thanos-query-endpoint-cas", mountPath: caFolder, files: Object.fromEntries(files) }];
}

/** Certificates that Thanos Query shows to other clusters. */
export function otherEndpointClients(endpoints: Endpoints): SecretFiles[] {
    return Object.entries(endpoints).flatMap(([name, settings]): SecretFiles[] => {
        const secretName = verified(settings)?.clientSecretName;
        return secretName === undefined
            ? []
            : [{ secretName, mountPath: clientFolder(name), keys: ["tls.crt", "tls.key"] }];
    });
}
