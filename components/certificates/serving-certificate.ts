import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { hoursOf } from "../../config/units";
import type { Platform } from "../platform/platform";
import type { SecretRef } from "../secrets";
import { hostOf } from "../workload/endpoint";
import { filesOf, type SecretFiles } from "../workload/files";
import type { ScrapeArgs } from "../workload/service-monitor";
import type { CertificateAuthority, Signer } from "./authority";
import { keyType } from "./key";

/** Inputs of {@link ServingCertificate}. */
export interface ServingCertificateArgs {
    platform: Platform;
    authority: CertificateAuthority;
    /** Service of the stack's namespace that the certificate is for; `<service>-tls` is the Secret. */
    service: string;
}

/** Keys of the Secret; those that Kubernetes and cert-manager use. */
export const certificateFiles = { certificate: "tls.crt", key: "tls.key", authority: "ca.crt" } as const;

/** What tells the API server whom to trust, in an object that has a `caBundle`. */
export interface TrustedAuthority {
    /** For `metadata.annotations`: cert-manager fills the bundle in. */
    readonly annotations: Readonly<Record<string, pulumi.Input<string>>>;
    /** Base64 of the authority's certificate; undefined: cert-manager fills it in. */
    readonly caBundle: pulumi.Output<string> | undefined;
}

/** A certificate for the DNS name by which the API server and Prometheus call a Service, with its key in a Secret. */
export class ServingCertificate extends pulumi.ComponentResource {
    /** Secret with the keys of {@link certificateFiles}. */
    public readonly secret: SecretRef;
    /** The name that the certificate is for. */
    public readonly host: string;
    public readonly trust: TrustedAuthority;

    private readonly args: ServingCertificateArgs;

    constructor(name: string, args: ServingCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:certificates:ServingCertificate", name, {}, opts);
        this.args = args;
        const { authority, platform, service } = args;
        this.host = hostOf({ service, namespace: platform.namespace });
        const { signer } = authority;
        const made = signer.kind === "generated" ? this.generate(name, signer) : this.request(name, signer);
        this.secret = made.secret;
        this.trust = made.trust;
        this.registerOutputs({ name: this.secret.name });
    }

    /** Certificate and key as files of the server's pods, without the authority, which is for its clients. */
    public files(mountPath: string): SecretFiles {
        return filesOf(this.secret, mountPath, [certificateFiles.certificate, certificateFiles.key]);
    }

    /** How Prometheus checks the server that it scrapes. */
    public get scrape(): NonNullable<ScrapeArgs["tls"]> {
        return { authority: { secret: this.secret, key: certificateFiles.authority }, host: this.host };
    }

    private generate(name: string, signer: Extract<Signer, { kind: "generated" }>) {
        const { platform, authority, service } = this.args;
        const { validity, renewBefore } = authority.settings;
        const key = new tls.PrivateKey(name, keyType, { parent: this });
        const request = new tls.CertRequest(
            name,
            { privateKeyPem: key.privateKeyPem, subject: { commonName: service }, dnsNames: [this.host] },
            { parent: this },
        );
        const certificate = new tls.LocallySignedCert(
            name,
            {
                certRequestPem: request.certRequestPem,
                caPrivateKeyPem: signer.key,
                caCertPem: signer.certificate,
                allowedUses: ["digital_signature", "server_auth"],
                validityPeriodHours: hoursOf(validity),
                earlyRenewalHours: hoursOf(renewBefore),
            },
            { parent: this },
        );
        const content: pulumi.Output<Record<string, string>> = pulumi.secret(
            pulumi.all({
                [certificateFiles.certificate]: certificate.certPem,
                [certificateFiles.key]: key.privateKeyPem,
                [certificateFiles.authority]: signer.certificate,
            }),
        );
        const secret = new k8s.core.v1.Secret(
            name,
            { metadata: platform.metadata(`${service}-tls`), type: "kubernetes.io/tls", stringData: content },
            { parent: this },
        );
        const caBundle = signer.certificate.apply((pem) => Buffer.from(pem).toString("base64"));
        return { secret: { name: secret.metadata.name, content }, trust: { annotations: {}, caBundle } };
    }

    private request(name: string, { issuer }: Extract<Signer, { kind: "certManager" }>) {
        const { platform, authority, service } = this.args;
        const { validity, renewBefore } = authority.settings;
        const secretName = `${service}-tls`;
        const certificate = new k8s.apiextensions.CustomResource(
            name,
            {
                apiVersion: "cert-manager.io/v1",
                kind: "Certificate",
                metadata: platform.metadata(secretName),
                spec: {
                    secretName,
                    dnsNames: [this.host],
                    duration: `${hoursOf(validity)}h`,
                    renewBefore: `${hoursOf(renewBefore)}h`,
                    usages: ["digital signature", "server auth"],
                    privateKey: { algorithm: keyType.algorithm, size: 256, rotationPolicy: "Always" },
                    issuerRef: issuer,
                },
            },
            { parent: this },
        );
        return {
            // Pods that mount it wait until cert-manager has made it.
            secret: { name: certificate.metadata.name.apply(() => secretName) },
            trust: {
                annotations: { "cert-manager.io/inject-ca-from": `${platform.namespace}/${secretName}` },
                caBundle: undefined,
            },
        };
    }
}
