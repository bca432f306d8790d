export { ensureS3, s3DaemonName } from "./server";
export type { S3Server } from "./server";
