import { S3Client } from "@aws-sdk/client-s3";
import * as fs from "node:fs";
import * as https from "node:https";
import type { S3Server } from "../../../sandbox/s3";

/** A client of the sandbox's S3 API, as its administrator or with the given keys. */
export function s3Client(
    server: Omit<S3Server, "outcome">,
    keys: { accessKeyId: string; secretAccessKey: string } = server,
): S3Client {
    return new S3Client({
        endpoint: server.endpoint,
        region: server.region,
        forcePathStyle: true,
        maxAttempts: 1,
        credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
        requestHandler: { httpsAgent: new https.Agent({ ca: fs.readFileSync(server.caFile) }) },
    });
}

/** Code of the error that a request ends with; `none`: it succeeds. */
export async function errorCode(request: Promise<unknown>): Promise<string> {
    try {
        await request;
        return "none";
    } catch (error) {
        return error instanceof Error ? error.name : String(error);
    }
}
