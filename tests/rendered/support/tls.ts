import * as https from "node:https";
import type { Settings } from "../../../config/load";
import { type PropertyMap, Secret } from "../../../sandbox/plugins/provider/types";
import { tlsPlugin } from "../../../sandbox/plugins/tls/plugin";
import { type KubeObject, kubeObjects, plain, type Seen } from "../../support/mocks";
import { deployStack } from "../../support/stacks";
import type { Launch } from "./containers";

/** Files of a Secret with a serving certificate. */
export interface CertificateFiles {
    readonly "tls.crt": string;
    readonly "tls.key": string;
    readonly "ca.crt": string;
}

const text = (value: unknown): string => {
    const open = value instanceof Secret ? value.value : value;
    return typeof open === "string" ? open : "";
};

/**
 * A real key and certificate in place of those that the mocks made up: of the inputs that the program registers, by the
 * sandbox's plugin.
 *
 * @param name logical name of the certificate's resources
 */
export async function realCertificate(resources: readonly Seen[], name: string): Promise<CertificateFiles> {
    const provider = tlsPlugin.create({ log: () => undefined });
    await provider.configure({ args: {}, variables: {} });
    const create = async (kind: string, own: (seen: Seen) => boolean, known: PropertyMap): Promise<PropertyMap> => {
        const seen = resources.find((one) => one.type.endsWith(`:${kind}`) && own(one));
        if (seen === undefined) {
            throw new Error(`no ${kind} for ${name}`);
        }
        const { type } = seen;
        const about = { urn: `urn:pulumi:test::test::${type}::${seen.name}`, type, name: seen.name };
        const news = { ...(plain(seen.inputs) as PropertyMap), ...known };
        const { inputs, failures } = await provider.check({ ...about, olds: {}, news, randomSeed: new Uint8Array() });
        if (failures.length > 0) {
            throw new Error(failures.map(({ reason }) => reason).join("\n"));
        }
        return (await provider.create({ ...about, inputs, timeout: 0, preview: false })).properties;
    };
    const named = (seen: Seen) => seen.name === name;
    const isAuthority = (seen: Seen) => seen.name.endsWith("authority");

    const { privateKeyPem: authorityKey = "" } = await create("PrivateKey", isAuthority, {});
    const { certPem: authority = "" } = await create("SelfSignedCert", isAuthority, { privateKeyPem: authorityKey });
    const { privateKeyPem = "" } = await create("PrivateKey", named, {});
    const { certRequestPem = "" } = await create("CertRequest", named, { privateKeyPem });
    const { certPem } = await create("LocallySignedCert", named, {
        certRequestPem,
        caCertPem: authority,
        caPrivateKeyPem: authorityKey,
    });
    return { "tls.crt": text(certPem), "tls.key": text(privateKeyPem), "ca.crt": text(authority) };
}

/** All resources, with a real key and certificate in each Secret that has one: the API server looks into them. */
export async function withRealCertificates(resources: readonly Seen[]): Promise<Seen[]> {
    const names = resources.filter(({ type }) => type.endsWith(":LocallySignedCert")).map(({ name }) => name);
    const files = new Map<string, CertificateFiles>();
    for (const name of names) {
        files.set(name, await realCertificate(resources, name));
    }
    return resources.map((seen) => {
        const stringData = seen.type === "kubernetes:core/v1:Secret" ? files.get(seen.name) : undefined;
        return stringData === undefined ? seen : { ...seen, inputs: { ...seen.inputs, stringData } };
    });
}

/** The objects of a stack as an API server takes them: see {@link withRealCertificates}. */
export async function objectsFor(settings: Settings): Promise<KubeObject[]> {
    return kubeObjects(await withRealCertificates((await deployStack(settings)).resources));
}

/** The launch with these files in place of those of the mount that has a certificate. */
export function withCertificate(launch: Launch, files: CertificateFiles): Launch {
    const mounts = Object.entries(launch.mounts).map(
        ([mount, own]) => [mount, "tls.crt" in own ? { ...files } : own] as const,
    );
    return { ...launch, mounts: Object.fromEntries(mounts) };
}

/** How to call a server on loopback that shows a certificate of the stack. */
export interface SecureCall {
    readonly port: number;
    readonly path: string;
    /** The name that the certificate must be for. */
    readonly host: string;
    /** PEM of the authority that must have signed it. */
    readonly authority: string;
    readonly token?: string;
    /** Posted as JSON.  @default a GET */
    readonly body?: object;
}

/** Calls a server, whose certificate is verified. */
export function callSecurely({ port, path, host, authority, token, body }: SecureCall) {
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
        const request = https.request(
            {
                host: "127.0.0.1",
                port,
                path,
                servername: host,
                ca: authority,
                method: body === undefined ? "GET" : "POST",
                timeout: 10_000,
                headers: {
                    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
                    ...(body === undefined ? {} : { "content-type": "application/json" }),
                },
            },
            (response) => {
                let answer = "";
                response.setEncoding("utf8").on("data", (part: string) => (answer += part));
                response.once("end", () => {
                    resolve({ status: response.statusCode ?? 0, body: answer });
                });
            },
        );
        request.once("timeout", () => request.destroy(new Error("no answer within 10 s")));
        request.once("error", reject);
        request.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
