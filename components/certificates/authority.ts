import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { AUTHORITY_LIFETIMES } from "../../config/certificates";
import type { CertificatesSettings } from "../../config/schema";
import { hoursOf } from "../../config/units";
import { shortened } from "../platform/names";
import type { Platform } from "../platform/platform";
import { keyType } from "./key";

/** Name of the authority's objects, where cert-manager keeps it. */
const objectName = "perch-authority";

/** Name of an authority, of which X.509 takes 64 characters (RFC 5280, ub-common-name). */
const commonName = ({ instance }: Platform): string => shortened(`${instance} authority`, 64);

/** Inputs of {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
    platform: Platform;
    settings: CertificatesSettings;
}

/** Who signs, as {@link ServingCertificate} needs it. */
export type Signer =
    | {
          readonly kind: "generated";
          /** PEM of the authority's key, secret. */
          readonly key: pulumi.Output<string>;
          /** PEM of the authority's certificate. */
          readonly certificate: pulumi.Output<string>;
      }
    | { readonly kind: "certManager"; readonly issuer: { kind: string; name: pulumi.Input<string> } };

type Of<K extends CertificatesSettings["kind"]> = Extract<CertificatesSettings, { kind: K }>;

/**
 * The authority that signs the stack's serving certificates. Nobody else trusts it, and it signs nothing else.
 *
 * Generated, its key is in the stack's state alone, as a secret. It is renewed by `pulumi up` while it still outlives every
 * certificate that it has signed. With cert-manager, that keeps it, or an issuer that is there already takes its place.
 */
export class CertificateAuthority extends pulumi.ComponentResource {
    public readonly signer: Signer;
    public readonly settings: CertificatesSettings;

    constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:certificates:CertificateAuthority", name, {}, opts);
        const { platform, settings } = args;
        this.settings = settings;
        this.signer =
            settings.kind === "generated"
                ? this.generate(name, platform, settings)
                : this.delegate(name, platform, settings);
        this.registerOutputs({});
    }

    private generate(name: string, platform: Platform, { validity }: Of<"generated">): Signer {
        const key = new tls.PrivateKey(name, keyType, { parent: this });
        const certificate = new tls.SelfSignedCert(
            name,
            {
                privateKeyPem: key.privateKeyPem,
                subject: { commonName: commonName(platform) },
                isCaCertificate: true,
                setSubjectKeyId: true,
                allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
                validityPeriodHours: AUTHORITY_LIFETIMES * hoursOf(validity),
                // A certificate that is made the moment before ends no later than its authority.
                earlyRenewalHours: hoursOf(validity),
            },
            { parent: this },
        );
        return { kind: "generated", key: key.privateKeyPem, certificate: certificate.certPem };
    }

    private delegate(name: string, platform: Platform, { issuer: given, validity }: Of<"certManager">): Signer {
        if (given !== undefined) {
            return { kind: "certManager", issuer: given };
        }
        const resource = (suffix: string, kind: "Certificate" | "Issuer", object: string, spec: object) =>
            new k8s.apiextensions.CustomResource(
                `${name}-${suffix}`,
                { apiVersion: "cert-manager.io/v1", kind, metadata: platform.metadata(object), spec },
                { parent: this },
            );
        const itself = resource("itself", "Issuer", `${objectName}-itself`, { selfSigned: {} });
        resource("certificate", "Certificate", objectName, {
            isCA: true,
            commonName: commonName(platform),
            secretName: objectName,
            duration: `${AUTHORITY_LIFETIMES * hoursOf(validity)}h`,
            renewBefore: `${hoursOf(validity)}h`,
            privateKey: { algorithm: keyType.algorithm, size: 256, rotationPolicy: "Always" },
            issuerRef: { kind: "Issuer", name: itself.metadata.name },
        });
        const issuer = resource("issuer", "Issuer", objectName, { ca: { secretName: objectName } });
        return { kind: "certManager", issuer: { kind: "Issuer", name: issuer.metadata.name } };
    }
}
