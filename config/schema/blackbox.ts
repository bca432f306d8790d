import { z } from "zod";
import { duration, goRegex, resources, text } from "./common";

/** Name of a module; those of upstream's example have underscores. */
const moduleName = () =>
    text(
        "module name",
        /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/,
        "expected lower-case letters, digits, dashes and underscores, at most 63",
    );

const common = {
    timeout: duration()
        .optional()
        .describe("After which a probe has failed; default: half a second before the scrape's own end"),
    ipProtocol: z
        .enum(["ip4", "ip6"])
        .default("ip4")
        .describe("Version of IP that is tried first; the other one where a name has no such address"),
};

const verifyCertificate = z.boolean().default(true).describe("Fail where the server's certificate isn't valid");

/** Headers that log in: they would stand in a ConfigMap. */
const loginHeader = /^(proxy-)?authorization$|cookie|token|api-?key|secret/i;

const headers = z
    .record(
        z
            .string()
            .regex(/^[A-Za-z0-9-]+$/, { error: "expected the name of a header" })
            .refine((name) => !loginHeader.test(name), {
                error: "expected a header that holds no login: it would stand in a ConfigMap for all to read",
            }),
        z.string(),
    )
    .default({})
    .describe("Headers of the request; none that log in");

/** How the blackbox exporter looks at a target. */
export const blackboxModuleSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("http").describe("A URL is asked for"),
        ...common,
        method: z.enum(["GET", "HEAD", "POST"]).default("GET").describe("Method of the request"),
        headers,
        body: z.string().optional().describe("Body of the request; nothing secret"),
        statusCodes: z
            .array(z.int().min(100).max(599))
            .default([])
            .describe("Status codes that are a success; empty: 200 to 299"),
        followRedirects: z.boolean().default(true).describe("Ask where a redirect leads to"),
        tls: z
            .enum(["any", "required", "refused"])
            .default("any")
            .describe("Whether the last answer must, or must not, have come by TLS"),
        verifyCertificate,
        bodyMatches: z.array(goRegex()).default([]).describe("What the body must have, each anywhere in it"),
        bodyLacks: z.array(goRegex()).default([]).describe("What the body must not have, each anywhere in it"),
    }),
    z.strictObject({
        kind: z.literal("tcp").describe("A connection is made to a host and port"),
        ...common,
        tls: z.boolean().default(false).describe("Speak TLS from the start"),
        verifyCertificate,
        dialogue: z
            .array(
                z.strictObject({
                    expect: goRegex().optional().describe("What a line must have before the next step"),
                    send: z.string().optional().describe("Line that is sent; nothing secret"),
                    startTls: z.boolean().default(false).describe("Go on by TLS"),
                }),
            )
            .default([])
            .describe("What is said on the connection, one step after the other; empty: nothing"),
    }),
    z.strictObject({
        kind: z.literal("dns").describe("A DNS server is asked; targets are servers, with a port other than 53"),
        ...common,
        name: z.string().min(1).describe("Name that is asked for"),
        type: z
            .enum(["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"])
            .default("A")
            .describe("Type of the records that are asked for"),
        transport: z.enum(["udp", "tcp"]).default("udp").describe("How the server is asked"),
        responseCodes: z
            .array(z.enum(["NOERROR", "NXDOMAIN", "REFUSED", "SERVFAIL"]))
            .min(1)
            .default(["NOERROR"])
            .describe("Response codes that are a success"),
        answer: goRegex().optional().describe("What one of the records must have, as dig writes it; default: anything"),
    }),
    z.strictObject({
        kind: z.literal("grpc").describe("The health service of gRPC is asked at a host and port"),
        ...common,
        service: z.string().default("").describe("Service whose health is asked for; empty: the server's"),
        tls: z.boolean().default(false).describe("Speak TLS"),
        verifyCertificate,
    }),
]);

export type BlackboxModule = z.output<typeof blackboxModuleSchema>;

export const blackboxSchema = z
    .strictObject({
        enabled: z.boolean().default(false).describe("Deploy the blackbox exporter, for targets of kind probe"),
        replicas: z.int().min(1).max(10).default(1).describe("Pods that probe; any of them does each probe"),
        modules: z
            .record(moduleName(), blackboxModuleSchema)
            .default({})
            .describe(
                "How targets are looked at, by name; http_2xx, http_post_2xx, http_2xx_tls, tcp_connect, tls_connect and " +
                    "grpc are there anyway, unless one of that name is given",
            ),
        resources: resources({ cpu: "20m", memory: "32Mi" }, { memory: "128Mi" }),
    })
    .prefault({})
    .describe("blackbox exporter: looks at URLs, ports and DNS servers from outside");

export type BlackboxSettings = z.output<typeof blackboxSchema>;
