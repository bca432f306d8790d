import { z } from "zod";
import { fixedExternalLabels } from "../../../config/external-labels";
import { grafanaClient } from "./client-pod";
import { live } from "./live";
import { kubectl } from "./kubectl";

const sampleSchema = z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) });

const metricsSchema = z.object({
    status: z.literal("success"),
    data: z.object({ resultType: z.literal("vector"), result: z.array(sampleSchema) }),
});

const logsSchema = z.object({
    status: z.literal("success"),
    data: z.object({
        resultType: z.literal("streams"),
        result: z.array(
            z.object({
                stream: z.record(z.string(), z.string()),
                values: z.array(z.tuple([z.string(), z.string()])),
            }),
        ),
    }),
});

/** Selects one series, from a target of which the stack has one, and which both Prometheus scrape. */
export const singleSeries = 'up{job="prometheus-operator"}';

/** One sample of an instant query. */
export type Sample = z.output<typeof sampleSchema>;

/** Lines with the same labels, oldest first; times in nanoseconds. */
export type LogStream = z.output<typeof logsSchema>["data"]["result"][number];

export interface QueryOptions {
    /** @default now */
    readonly time?: Date;
    /** Whether samples of replicas are merged.  @default true */
    readonly dedup?: boolean;
    /** Coarsest resolution that is asked for: `5m`.  @default 0s: samples as they were scraped */
    readonly resolution?: string;
}

/** Asks Thanos Query as Grafana would: from a pod with its labels, by the Service's name. */
export async function query(
    expression: string,
    { time, dedup = true, resolution }: QueryOptions = {},
): Promise<Sample[]> {
    const parameters = new URLSearchParams({
        query: expression,
        dedup: String(dedup),
        ...(resolution === undefined ? {} : { max_source_resolution: resolution }),
        ...timeParameter(time),
    });
    const client = await grafanaClient();
    const body = await client.get(`${live().outputs.endpoints.thanosQuery}/api/v1/query?${parameters.toString()}`);
    return metricsSchema.parse(JSON.parse(body)).data.result;
}

/** External labels of each Prometheus of the stack. */
export async function externalLabels(): Promise<Record<string, string>[]> {
    const samples = await query(singleSeries, { dedup: false });
    return samples.map(({ metric }) =>
        Object.fromEntries(Object.entries(metric).filter(([label]) => fixedExternalLabels.includes(label))),
    );
}

/** Asks one Prometheus for what it has itself, past every policy, as the API server. */
export async function queryPrometheus(pod: string, expression: string, time?: Date): Promise<Sample[]> {
    const parameters = new URLSearchParams({ query: expression, ...timeParameter(time) });
    const body = await throughApiServer("pods", `${pod}:9090`, `api/v1/query?${parameters.toString()}`);
    return metricsSchema.parse(JSON.parse(body)).data.result;
}

/** Asks Loki's gateway as Grafana would, for the last hour. */
export async function queryLogs(selector: string): Promise<LogStream[]> {
    const parameters = new URLSearchParams({ query: selector, limit: "1000", direction: "forward" });
    const client = await grafanaClient();
    const body = await client.get(`${live().outputs.endpoints.loki}/loki/api/v1/query_range?${parameters.toString()}`);
    return logsSchema.parse(JSON.parse(body)).data.result;
}

/** Body of a GET that the API server passes on into the stack's namespace. */
export function throughApiServer(kind: "pods" | "services", name: string, path: string): Promise<string> {
    return kubectl("get", "--raw", `/api/v1/namespaces/${live().outputs.namespace}/${kind}/${name}/proxy/${path}`);
}

function timeParameter(time: Date | undefined): Record<string, string> {
    return time === undefined ? {} : { time: String(time.getTime() / 1000) };
}
