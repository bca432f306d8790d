import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { objstoreYaml } from "../../../components/operated/objstore";
import { ensureTools } from "../../../sandbox/toolchain";
import type { MetricsBucket } from "./buckets";
import { live } from "./live";

const run = promisify(execFile);

/** Uploads all blocks of a folder as a sidecar would, with the external labels of its Prometheus. */
export async function uploadBlocks(
    folder: string,
    external: Readonly<Record<string, string>>,
    { keys, ...access }: MetricsBucket,
): Promise<void> {
    const { thanos } = await ensureTools(["thanos"]);
    const labels = Object.entries(external).map(([label, value]) => `--label=${label}=${JSON.stringify(value)}`);
    const flags = [`--path=${folder}`, `--objstore.config=${objstoreYaml(access)}`, ...labels];
    await run(thanos, ["tools", "bucket", "upload-blocks", "--log.level=warn", ...flags], {
        env: {
            ...process.env,
            AWS_ACCESS_KEY_ID: keys.accessKeyId,
            AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
            // Of the user's own account nothing may get in between.
            AWS_PROFILE: "",
            AWS_SESSION_TOKEN: "",
            // The CA of the S3 API.
            SSL_CERT_FILE: live().sandbox.s3.caFile,
        },
        maxBuffer: 2 ** 26,
    });
}
