export { ensurePython } from "./python";
export { describeS3, ensureS3, s3DaemonName } from "./server";
export type { S3Address, S3Server } from "./server";
