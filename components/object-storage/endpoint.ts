import type { ObjectStorageSettings } from "../../config/schema";

/** Where the S3 API answers, as its clients write it. */
export interface S3Endpoint {
    /** `host` or `host:port`, without scheme. */
    readonly endpoint: string;
    readonly region: string;
    /** Plain HTTP. */
    readonly insecure: boolean;
    readonly pathStyle: boolean;
    readonly port: number;
}

/** AWS keeps accounts, ARNs and host names of these regions apart from the rest of the world's. */
const partitions = [
    { regions: /^cn-/, arn: "aws-cn", domain: "amazonaws.com.cn" },
    { regions: /^us-gov-/, arn: "aws-us-gov", domain: "amazonaws.com" },
    { regions: /^/, arn: "aws", domain: "amazonaws.com" },
];

function partition(region: string) {
    const found = partitions.find(({ regions }) => regions.test(region));
    return found ?? { arn: "aws", domain: "amazonaws.com" };
}

/** ARN of a bucket, known without asking the S3 API. */
export function bucketArn(settings: ObjectStorageSettings, bucket: string): string {
    const { arn } = settings.kind === "aws" ? partition(settings.region) : { arn: "aws" };
    return `arn:${arn}:s3:::${bucket}`;
}

/** The endpoint that the settings mean. */
export function s3Endpoint(settings: ObjectStorageSettings): S3Endpoint {
    if (settings.kind === "aws") {
        const { region } = settings;
        const endpoint = `s3.${region}.${partition(region).domain}`;
        return { endpoint, region, insecure: false, pathStyle: false, port: 443 };
    }
    const url = new URL(settings.endpoint);
    const insecure = url.protocol === "http:";
    return {
        endpoint: url.host,
        region: settings.region,
        insecure,
        pathStyle: settings.pathStyle,
        port: url.port === "" ? (insecure ? 80 : 443) : Number(url.port),
    };
}
