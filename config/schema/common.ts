import { z } from "zod";
import { certificateProblem } from "../pem";

/** Text of a given form, under its name in docs; anything else, a number too, gets the same message. */
export const text = (title: string, pattern: RegExp, error: string) =>
    z.string({ error }).regex(pattern, { error }).meta({ title });

/** Kubernetes quantity of memory or disk in binary units: `512Mi`, `10Gi`. */
export const bytes = () =>
    text("quantity", /^[1-9]\d*(Ki|Mi|Gi|Ti)$/, "expected a quantity with a binary unit, such as 512Mi or 10Gi");

/** Kubernetes quantity of CPU: `250m`, `2`. */
export const cpu = () =>
    text("CPU", /^(\d+m|\d+(\.\d{1,3})?)$/, "expected CPU in cores or millicores, such as 2 or 250m");

/** Duration as Prometheus writes it: `30s`, `15d`, `1h30m`. */
export const duration = () =>
    text(
        "duration",
        /^(?=.)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/,
        "expected a duration with a unit, such as 30s, 15d or 1h30m",
    );

/** Name of a namespaced Kubernetes object (RFC 1123 label). */
export const dnsLabel = () =>
    text(
        "DNS label",
        /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
        "expected a DNS label: lower-case letters, digits and dashes, at most 63",
    );

/** Name of an object such as a Secret, a ConfigMap or an issuer, which may have dots: `kube-root-ca.crt`. */
export const objectName = () =>
    text(
        "object name",
        /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
        "expected the name of an object of Kubernetes: lower-case letters, digits, dashes and dots",
    );

/** Host name without scheme or port: `grafana.example.com`. */
export const hostName = () =>
    text(
        "host name",
        /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
        "expected a host name without scheme or port, such as grafana.example.com",
    );

/** Host and port: `db.example.com:9187`, `[2001:db8::1]:9100`. */
export const address = (example = "db.example.com:9187") => {
    const error = `expected a host and a port, such as ${example}`;
    return z.string({ error }).refine(isAddress, { error }).meta({ title: "address" });
};

function isAddress(given: string): boolean {
    const [, digits] = /^(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(given) ?? [];
    return digits !== undefined && port().safeParse(Number(digits)).success;
}

/** Address of an API. Whatever a login or a query may hold is a secret, so it has neither. */
export const publicUrl = (example: string) => {
    const error = `expected a URL without login or query (a URL with either is a secret), such as ${example}`;
    return z
        .string({ error })
        .refine((url) => /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/.test(url) && URL.canParse(url), { error })
        .meta({ title: "URL" });
};

/** Name of a Prometheus label: `namespace`. */
export const labelName = () =>
    text("label name", /^[a-zA-Z_][a-zA-Z0-9_]*$/, "expected the name of a label: letters, digits and underscores");

/** A regular expression of Go, which Prometheus anchors at both ends: `billing_.*`. */
export const goRegex = () =>
    z
        .string({ error: "expected a regular expression" })
        .min(1)
        .refine(isGoRegex, {
            error: "expected a regular expression of Go (RE2), which looks neither ahead nor back, such as billing_.*",
        })
        .meta({ title: "regular expression" });

/** Whether both kinds of expressions have it, but for Go's way to write flags and the names of groups. */
function isGoRegex(expression: string): boolean {
    if (/\(\?<?[=!]|\\[1-9]/.test(expression)) {
        return false;
    }
    try {
        new RegExp(
            expression.replace(/\(\?P</g, "(?<").replace(/\(\?[imsU-]+([:)])/g, (_, end) => (end === ")" ? "" : "(?:")),
        );
        return true;
    } catch {
        return false;
    }
}

/** One or more X.509 certificates in PEM. */
export const certificates = () =>
    z
        .string({ error: "expected PEM certificates" })
        .superRefine((text, context) => {
            const problem = certificateProblem(text);
            if (problem !== undefined) {
                context.addIssue({ code: "custom", message: `expected PEM certificates ${problem}` });
            }
        })
        .meta({ title: "PEM certificates" });

export const email = () => z.email({ error: "expected an e-mail address" }).meta({ title: "e-mail address" });

export const cidr = () =>
    z
        .union([z.cidrv4(), z.cidrv6()], { error: "expected an address range, such as 10.0.0.0/8" })
        .meta({ title: "address range" });

export const port = () => z.int().min(1).max(65535).meta({ title: "port" });

/** Port of every node, of the range that Kubernetes has for them. */
export const nodePort = () => z.int().min(30000).max(32767);

/** How much of something there may be. */
export const limit = (what: string) => z.int().min(1).optional().describe(`${what}; default: no limit`);

/** A set of labels: key to value. */
export const labels = () => z.record(z.string(), z.string());

/** Labels by which pods of somebody else are picked. */
export const podLabels = () => labels().default({}).describe("Labels of its pods; empty: every pod of that namespace");

/** Applications that call a part of the stack, by name: their pods. */
export const callers = () =>
    z.record(dnsLabel(), z.strictObject({ namespace: dnsLabel(), podLabels: podLabels() })).default({});

export type Callers = z.output<ReturnType<typeof callers>>;

/** What a container asks of its node. */
export const resources = (requests: { cpu: string; memory: string }, limits?: { cpu?: string; memory?: string }) =>
    z
        .strictObject({
            requests: z
                .strictObject({
                    cpu: cpu().default(requests.cpu).describe("CPU that the scheduler reserves, per replica"),
                    memory: bytes()
                        .default(requests.memory)
                        .describe("Memory that the scheduler reserves, per replica"),
                })
                .prefault({}),
            limits: z
                .strictObject({
                    cpu: cpu().optional().describe("CPU above which the container is throttled; none by default"),
                    memory: bytes().optional().describe("Memory above which the container is killed"),
                })
                .default(limits ?? {})
                .describe("Upper bounds; an empty object means none"),
        })
        .prefault({})
        .describe("Requests and limits of one replica");

/** A volume of its own for each replica. */
export const volume = (size: string) =>
    z
        .strictObject({
            size: bytes().default(size).describe("Size of the volume of one replica"),
            storageClass: z.string().min(1).optional().describe("StorageClass; default: platform.storageClass"),
        })
        .prefault({})
        .describe("Persistent volume of one replica");

/** Characters of the longest bucket name that S3 takes. */
export const longestBucketName = 63;

/** A bucket name as every S3 API takes it: no address, and no label of it empty. */
export const bucketNamePattern = /^(?!\d+(\.\d+){3}$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A bucket and how long it keeps an object: a backstop behind the writer's own retention. */
export const bucket = (expireDays: number | "unlimited") =>
    z
        .strictObject({
            name: text(
                "bucket name",
                bucketNamePattern,
                "expected an S3 bucket name: 3 to 63 lower-case letters, digits, dashes and single dots",
            )
                .optional()
                .describe(
                    "Name of the bucket; default: the part's name and the cluster's name, on AWS with a random end, " +
                        "for no two customers may have a bucket of the same name there",
                ),
            expireDays: z
                .union([z.int().min(1), z.literal("unlimited")], { error: "expected a number of days or unlimited" })
                .default(expireDays)
                .describe("Days after which the bucket deletes an object, whatever the writer does; or unlimited"),
        })
        .prefault({});

export type Resources = z.output<ReturnType<typeof resources>>;
export type Volume = z.output<ReturnType<typeof volume>>;
export type BucketSettings = z.output<ReturnType<typeof bucket>>;
