export { Bucket, type BucketArgs } from "./bucket";
export { roleAnnotation, type BucketAccess, type BucketAuth, type BucketClient } from "./bucket-access";
export { bucketPlans } from "./clients";
export { s3Endpoint, type S3Endpoint } from "./endpoint";
export { ObjectStorage, type ObjectStorageArgs } from "./object-storage";
export { clientPolicy, clientRights } from "./policies";
