export { Bucket, type BucketArgs } from "./bucket";
export {
    accountAnnotations,
    type BucketAccess,
    type BucketAuth,
    type BucketClient,
    bucketWorkloadArgs,
    caFiles,
    caPath,
    credentialsContent,
    credentialsEnv,
    roleAnnotation,
} from "./bucket-access";
export { bucketPlans } from "./clients";
export { s3Endpoint, type S3Endpoint } from "./endpoint";
export { ObjectStorage, type ObjectStorageArgs } from "./object-storage";
export { clientPolicy, clientRights } from "./policies";
