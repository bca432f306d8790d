import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type BucketAccess, bucketWorkloadArgs, caFiles, caPath } from "../object-storage/bucket-access";
import type { S3Endpoint } from "../object-storage/endpoint";
import type { ConfigFiles } from "../workload/files";

/** Folder and name of the file in every container that uses the bucket. */
const folder = "/etc/thanos/objstore";
const fileName = "objstore.yaml";

/** Path of the file that says where the bucket is. */
export const objstorePath = `${folder}/${fileName}`;

/**
 * Thanos's description of a bucket (`--objstore.config-file`). It holds no key: `aws_sdk_auth` takes credentials from
 * where every AWS SDK does, which is the environment or the ServiceAccount's role, and the endpoint from here.
 */
export function objstoreYaml(access: Omit<S3Endpoint, "port"> & { readonly bucket: string }): string {
    const caFile = caPath(access, folder);
    return stringify({
        type: "S3",
        config: {
            bucket: access.bucket,
            endpoint: access.endpoint,
            region: access.region,
            aws_sdk_auth: true,
            insecure: access.insecure,
            // A dot in the bucket's name would make a host name that the endpoint's certificate doesn't cover.
            bucket_lookup_type: access.pathStyle || access.bucket.includes(".") ? "path" : "virtual-hosted",
            ...(caFile === undefined ? {} : { http_config: { tls_config: { ca_file: caFile } } }),
        },
    });
}

/** What the file is made of, for {@link Workload} and for the operator's resource. */
export function objstoreConfig(objectName: string, access: BucketAccess): ConfigFiles {
    const text = pulumi.output(access.bucket).apply((bucket) => objstoreYaml({ ...access, bucket }));
    return {
        name: `${objectName}-objstore`,
        mountPath: folder,
        files: { [fileName]: text, ...caFiles(access) },
    };
}

/** What a workload that uses the bucket is given beside its environment. */
export function objstoreWorkloadArgs(objectName: string, access: BucketAccess) {
    return { config: [objstoreConfig(objectName, access)], ...bucketWorkloadArgs(access) };
}
