import type { Command } from "commander";
import { z } from "zod";
import { requireRealPods } from "../cluster-access";
import { runOrFail } from "../engine";
import { UserError } from "../../cli/errors";
import { parseJson } from "../../cli/json";
import { getWithinCluster } from "../service-proxy";
import { requireEngine } from "./existing";
import { table } from "./table";

const sample = z.tuple([z.number(), z.string()]);

const vector = z.object({
    resultType: z.literal("vector"),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sample })),
});
const matrix = z.object({
    resultType: z.literal("matrix"),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(sample) })),
});
const scalar = z.object({ resultType: z.enum(["scalar", "string"]), result: sample });

const answerSchema = z.discriminatedUnion("status", [
    z.object({
        status: z.literal("success"),
        data: z.discriminatedUnion("resultType", [vector, matrix, scalar]),
        warnings: z.array(z.string()).default([]),
    }),
    z.object({ status: z.literal("error"), error: z.string() }),
]);

export type QueryAnswer = z.output<typeof answerSchema>;

const outputsSchema = z.object({
    endpoints: z.object({ thanosQuery: z.string().optional(), prometheus: z.string() }),
});

/** A series as PromQL writes it. */
function seriesName(metric: Readonly<Record<string, string>>): string {
    const { __name__: name = "", ...labels } = metric;
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    return pairs.length === 0 && name !== "" ? name : `${name}{${pairs.join(", ")}}`;
}

/** Lines for the user. @throws UserError with what the server said of a bad query */
export function answerLines(answer: QueryAnswer): string[] {
    if (answer.status === "error") {
        throw new UserError(`The query is refused: ${answer.error}`);
    }
    const { data, warnings } = answer;
    const told = warnings.map((warning) => `Warning: ${warning}`);
    switch (data.resultType) {
        case "vector":
            return [
                ...told,
                ...(data.result.length === 0
                    ? ["No series"]
                    : table(data.result.map(({ metric, value }) => [seriesName(metric), value[1]]).sort(byName))),
            ];
        case "matrix":
            return [
                ...told,
                ...(data.result.length === 0
                    ? ["No series"]
                    : table(
                          data.result
                              .map(({ metric, values }) => [
                                  seriesName(metric),
                                  values.map(([time, value]) => `${value} @${time}`).join("  "),
                              ])
                              .sort(byName),
                      )),
            ];
        case "scalar":
        case "string":
            return [...told, data.result[1]];
    }
}

function byName([left = ""]: readonly string[], [right = ""]: readonly string[]): number {
    return left.localeCompare(right);
}

async function queryUrl(): Promise<string> {
    const text = await runOrFail(requireEngine(), ["stack", "output", "--json"]);
    const outputs = outputsSchema.safeParse(JSON.parse(text));
    if (!outputs.success) {
        throw new UserError('The stack isn\'t deployed: "make up PODS=real" does that.');
    }
    const { thanosQuery, prometheus } = outputs.data.endpoints;
    return thanosQuery ?? prometheus;
}

export function registerQuery(program: Command): void {
    program
        .command("query")
        .description("ask for metrics with PromQL, through Thanos Query where the stack has it")
        .argument("<promql>", "the query, e.g. up")
        .action(async (promql: string) => {
            const { config } = requireRealPods("make query");
            const url = new URL("/api/v1/query", await queryUrl());
            url.searchParams.set("query", promql);
            const { status, body } = await getWithinCluster(config, url.href);
            const answer = answerSchema.safeParse(parseJson(body));
            if (!answer.success) {
                throw new UserError(`${url.host} answers ${status}: ${body.slice(0, 300)}`);
            }
            process.stdout.write(`${answerLines(answer.data).join("\n")}\n`);
        });
}
