import * as aws from "@pulumi/aws/provider";
import * as k8s from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { changesStorage } from "../config/buckets";
import { needsCertificates } from "../config/certificates";
import type { Settings } from "../config/load";
import type { ObjectStorageSettings } from "../config/schema";

/** The providers of a stack. */
export interface Providers {
    kubernetes: k8s.Provider;
    /** For the CRDs alone: takes over those that are in the cluster already. */
    crds: k8s.Provider;
    /** Undefined where nothing is made at the object storage: it would ask for credentials all the same. */
    aws: aws.Provider | undefined;
    random: random.Provider;
    /** Undefined where nothing has a generated certificate: its plugin isn't started then. */
    tls: tls.Provider | undefined;
}

/** Arguments of the provider that speaks to the object storage: AWS itself or an S3 API that is told apart by its endpoint. */
export function objectStorageProviderArgs(
    settings: ObjectStorageSettings,
    secrets: Pick<Settings["secretValues"], "s3AccessKey" | "s3SecretKey">,
): aws.ProviderArgs {
    if (settings.kind === "aws") {
        return { region: settings.region };
    }
    return {
        region: settings.region,
        endpoints: [{ s3: settings.endpoint, iam: settings.endpoint, sts: settings.endpoint }],
        s3UsePathStyle: settings.pathStyle,
        ...(secrets.s3AccessKey === undefined ? {} : { accessKey: secrets.s3AccessKey }),
        ...(secrets.s3SecretKey === undefined ? {} : { secretKey: secrets.s3SecretKey }),
        // None of these questions has an answer away from AWS.
        skipCredentialsValidation: true,
        skipMetadataApiCheck: true,
        skipRegionValidation: true,
        skipRequestingAccountId: true,
    };
}

/**
 * Makes every provider by hand, with `pulumi:disable-default-providers` in the project: a resource that was forgotten is
 * an error then, not an object in whatever cluster the shell happens to point at.
 */
export function makeProviders(settings: Settings): Providers {
    const cluster = new pulumi.Config("kubernetes");
    const kubeconfig = cluster.getSecret("kubeconfig");
    const context = cluster.get("context");
    const common: k8s.ProviderArgs = {
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
        // Without it any change of the kubeconfig, a new token say, would replace every object.
        clusterIdentifier: settings.cluster.name,
        enableServerSideApply: true,
    };
    // The first name stays: another one would mean another cluster, and replace every object for the sake of a label.
    const sameCluster = { ignoreChanges: ["clusterIdentifier"] };
    return {
        kubernetes: new k8s.Provider(
            "kubernetes",
            {
                ...common,
                // A change of data then updates in place; the pods roll by a hash in their template (components/workload).
                enableConfigMapMutable: true,
                enableSecretMutable: true,
            },
            sameCluster,
        ),
        crds: new k8s.Provider(
            "kubernetes-crds",
            { ...common, upsertExistingObjects: true, enablePatchForce: true },
            sameCluster,
        ),
        aws: changesStorage(settings)
            ? new aws.Provider(
                  "object-storage",
                  objectStorageProviderArgs(settings.objectStorage, settings.secretValues),
              )
            : undefined,
        random: new random.Provider("random"),
        tls:
            needsCertificates(settings) && settings.certificates.kind === "generated"
                ? new tls.Provider("tls")
                : undefined,
    };
}
