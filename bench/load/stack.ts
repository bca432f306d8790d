import { CustomObjectsApi } from "@kubernetes/client-node";
import { z } from "zod";
import { fixedExternalLabels } from "../../config/external-labels";
import { STACK } from "../../sandbox/engine";
import { benchImages } from "../../sandbox/images";
import { ensureImageTools } from "../../sandbox/images/ensure-image-tools";
import { openSandbox } from "../../sandbox/sandbox";
import { Stack } from "../../tests/e2e/support/stack";
import { grafanaClient } from "../../tests/live/support/client-pod";
import { api, core, laySettings, live, openLive } from "../../tests/live/support/live";
import { untilAllReady } from "../../tests/live/support/pods";
import { prometheusPods } from "../../tests/live/support/targets";
import { type Labels, seriesText } from "./history";
import type { Server } from "./ingestion";
import { loadJob } from "./names";
import type { LoadOptions } from "./options";
import { dashboardQuestions, loadQuestions, namesIn, someOfEach, type Question } from "./questions";
import { settingsFor } from "./settings";

/** Starts a node and deploys profile kup6s with settings for the load. */
export async function deployStack(options: LoadOptions, report: (message: string) => void): Promise<void> {
    const sandbox = await openSandbox({ target: "real", profile: "kup6s", report });
    await ensureImageTools(Object.values(benchImages), { report });
    laySettings(settingsFor(options));
    report("pulumi up");
    await new Stack(STACK, sandbox.engine).up();
    await openLive(false);
    await untilAllReady(600);
}

/** The Prometheus servers of the stack. */
export async function stackServers(): Promise<Server[]> {
    const { namespace } = live().outputs;
    return (await prometheusPods()).map((pod) => ({ namespace, pod }));
}

const dashboardSchema = z.object({
    title: z.string(),
    panels: z.array(
        z.object({
            title: z.string().optional(),
            targets: z.array(z.object({ expr: z.string().optional() })).optional(),
        }),
    ),
});

const rulesSchema = z.object({
    items: z.array(
        z.object({
            spec: z.object({
                groups: z.array(
                    z.object({ rules: z.array(z.object({ record: z.string().optional(), expr: z.string() })) }),
                ),
            }),
        }),
    ),
});

/** Queries of the dashboards and rules as they are deployed, and those of the load. */
export async function deployedQuestions(): Promise<Question[]> {
    const { namespace } = live().outputs;
    const { items } = await core().listNamespacedConfigMap({ namespace });
    const dashboards = items
        .flatMap(({ data = {} }) => Object.entries(data))
        .filter(([file]) => file.endsWith(".json"))
        .flatMap(([, text]) => {
            const { success, data } = dashboardSchema.safeParse(JSON.parse(text));
            return success ? dashboardQuestions(data) : [];
        });
    const found: unknown = await api(CustomObjectsApi).listNamespacedCustomObject({
        group: "monitoring.coreos.com",
        version: "v1",
        namespace,
        plural: "prometheusrules",
    });
    const rules = rulesSchema
        .parse(found)
        .items.flatMap(({ spec }) => spec.groups.flatMap((group) => group.rules))
        .flatMap(({ record, expr }): Question[] =>
            record === undefined ? [] : [{ set: "rules", name: record, expression: expr }],
        );
    return [...dashboards, ...rules, ...loadQuestions];
}

const seriesSchema = z.object({ status: z.literal("success"), data: z.array(z.record(z.string(), z.string())) });

/**
 * Series that exist now, of which older data are made: those that queries ask for, the load's left out, then others that
 * only lie beside them, up to so many.
 */
export async function historySeries(
    questions: readonly Question[],
    count: number,
): Promise<{ asked: Labels[]; others: Labels[] }> {
    const names = [...new Set(questions.flatMap(({ expression }) => namesIn(expression)))].sort().join("|");
    const asked = someOfEach(await seriesOf(`{__name__=~"${names}", job!="${loadJob}"}`), count);
    const others = someOfEach(
        await seriesOf(`{__name__!~"${names}", __name__!="", job!="${loadJob}"}`),
        count - asked.length,
    );
    return { asked, others };
}

/** Distinct series that exist now, without what tells replicas apart. */
async function seriesOf(selector: string): Promise<Labels[]> {
    const parameters = new URLSearchParams({
        "match[]": selector,
        start: String(Date.now() / 1000 - 300),
        dedup: "true",
    });
    const client = await grafanaClient();
    const body = await client.get(`${live().outputs.endpoints.thanosQuery}/api/v1/series?${parameters.toString()}`);
    const series = seriesSchema
        .parse(JSON.parse(body))
        .data.map((labels) =>
            Object.fromEntries(Object.entries(labels).filter(([label]) => !fixedExternalLabels.includes(label))),
        );
    // What both replicas have is the same without their labels.
    return [...new Map(series.map((labels) => [seriesText(labels), labels])).values()];
}
