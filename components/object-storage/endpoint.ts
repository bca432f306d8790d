import type { ObjectStorageSettings } from "../../config/schema";

/** Where the S3 API answers, as its clients write it. */
export interface S3Endpoint {
    /** `host` or `host:port`, without scheme. */
    readonly endpoint: string;
    /** Region that requests are signed for. */
    readonly region: string;
    /** Plain HTTP. */
    readonly insecure: boolean;
    /** Address buckets by path instead of by host name. */
    readonly pathStyle: boolean;
    /** Port of the endpoint, for the edge to it. */
    readonly port: number;
    /**
     * PEM certificates, one of which has to have signed that of the endpoint.
     * @default one of the public CAs has
     */
    readonly caCertificate?: string;
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
        ...(settings.caCertificate === undefined ? {} : { caCertificate: settings.caCertificate }),
    };
}
