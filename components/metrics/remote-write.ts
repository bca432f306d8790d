import { type MetricsSettings, type RemoteWriteSettings } from "../../config/schema";
import type { KeyRef } from "../operated/key-ref";
import { eachOnce } from "../platform/ports";
import type { SecretRef } from "../secrets/secret-ref";
import { secretFile } from "../secrets/stack-secrets";
import { portOf } from "../workload/endpoint";
import type { Relabeling } from "../workload/service-monitor";
import { relabeling } from "./relabeling";

/** The part of `Prometheus.spec.remoteWrite` that the stack uses. */
export interface RemoteWriteSpec {
    name: string;
    url: string;
    remoteTimeout: string;
    writeRelabelConfigs?: Relabeling[];
    basicAuth?: { username: KeyRef; password: KeyRef };
    authorization?: { type: "Bearer"; credentials: KeyRef };
    tlsConfig?: { ca?: { configMap: KeyRef }; cert?: { configMap: KeyRef }; keySecret?: KeyRef };
    sendExemplars?: boolean;
    sendNativeHistograms?: boolean;
    queueConfig: {
        capacity: number;
        maxSamplesPerSend: number;
        minShards: number;
        maxShards: number;
        batchSendDeadline: string;
        minBackoff: string;
        maxBackoff: string;
        sampleAgeLimit?: string;
        retryOnRateLimit: boolean;
    };
}

/** Servers that Prometheus writes to, and their Secrets by name. */
export interface RemoteWrites {
    remoteWrite: MetricsSettings["remoteWrite"];
    /** @default none; required for each that has something to hide (config/schema/remote-write.ts) */
    remoteWriteSecrets?: Readonly<Record<string, SecretRef>>;
}

const caFile = "ca.crt";
const certificateFile = "client.crt";

/** Name of the ConfigMap with the certificates of a remote write. */
export const certificatesName = (remoteWrite: string) => `remote-write-${remoteWrite}`;

/** Certificates of each remote write that names some, as its ConfigMap holds them. */
export function remoteWriteCertificates(
    remoteWrite: MetricsSettings["remoteWrite"],
): [name: string, files: Record<string, string>][] {
    return Object.entries(remoteWrite).flatMap(([name, { caCertificate, clientCertificate }]) => {
        const files = {
            ...(caCertificate === undefined ? {} : { [caFile]: caCertificate }),
            ...(clientCertificate === undefined ? {} : { [certificateFile]: clientCertificate }),
        };
        return Object.keys(files).length === 0 ? [] : [[name, files]];
    });
}

/** Ports that Prometheus calls to write: each once, in order. */
export function remoteWritePorts({ remoteWrite }: Pick<MetricsSettings, "remoteWrite">): number[] {
    return eachOnce(Object.values(remoteWrite).map(({ url }) => portOf(url)));
}

function authentication({ login }: RemoteWriteSettings, { name }: SecretRef): Partial<RemoteWriteSpec> {
    switch (login.kind) {
        case "none":
            return {};
        case "bearer":
            return { authorization: { type: "Bearer", credentials: { name, key: secretFile("token") } } };
        case "basic":
            return {
                basicAuth: {
                    username: { name, key: "username" },
                    password: { name, key: secretFile("password") },
                },
            };
    }
}

function tls(name: string, { caCertificate, clientCertificate }: RemoteWriteSettings, secret: SecretRef | undefined) {
    const certificate = (key: string) => ({ configMap: { name: certificatesName(name), key } });
    const tlsConfig: RemoteWriteSpec["tlsConfig"] = {
        ...(caCertificate === undefined ? {} : { ca: certificate(caFile) }),
        ...(clientCertificate === undefined || secret === undefined
            ? {}
            : {
                  cert: certificate(certificateFile),
                  keySecret: { name: secret.name, key: secretFile("clientKey") },
              }),
    };
    return Object.keys(tlsConfig).length === 0 ? {} : { tlsConfig };
}

function queueConfig({ queue }: RemoteWriteSettings): RemoteWriteSpec["queueConfig"] {
    const { samplesPerSend: maxSamplesPerSend, batchDeadline: batchSendDeadline, ...alike } = queue;
    return { ...alike, maxSamplesPerSend, batchSendDeadline };
}

/** What the operator puts into Prometheus's configuration; secrets by reference alone. */
export function remoteWriteSpec({ remoteWrite, remoteWriteSecrets: refs = {} }: RemoteWrites): RemoteWriteSpec[] {
    return Object.entries(remoteWrite).map(([name, each]) => {
        const secret = refs[name];
        return {
            name,
            url: each.url,
            remoteTimeout: each.timeout,
            ...(each.relabelings.length === 0 ? {} : { writeRelabelConfigs: each.relabelings.map(relabeling) }),
            ...(secret === undefined ? {} : authentication(each, secret)),
            ...tls(name, each, secret),
            ...(each.exemplars ? { sendExemplars: true } : {}),
            ...(each.nativeHistograms ? { sendNativeHistograms: true } : {}),
            queueConfig: queueConfig(each),
        };
    });
}
