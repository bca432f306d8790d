import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { core } from "../../tests/live/support/live";
import { kubectl } from "../../tests/live/support/kubectl";
import { prometheusPorts } from "../../components/metrics/prometheus-names";
import { loadJob } from "./names";
import { missedScrapes, type Scrapes, valueIn } from "./statistics";
import { type Used, usage, usedBetween } from "./usage";

/** A Prometheus that takes the load. */
export interface Server {
    readonly namespace: string;
    readonly pod: string;
}

/** What one Prometheus took of the load. */
export interface Ingested {
    readonly pod: string;
    /** Samples a second that it appended, those of the stack itself too. */
    readonly samplesPerSecond: number;
    readonly series: number;
    /** Targets of the load that were scraped. */
    readonly targets: number;
    /** Scrapes of the load that failed or that there should have been. */
    readonly missedScrapes: number;
    /** 99 % of its scrapes began within so many seconds of the one before; of all its life. */
    readonly interval99: number;
    /** The longest scrape, in seconds. */
    readonly longestScrape: number;
}

export interface Measured {
    /** Samples a second that the load's targets give to each. */
    readonly offered: number;
    readonly seconds: number;
    readonly servers: readonly Ingested[];
    readonly used: Used;
    /** Whether each took what was offered, and missed no scrape. */
    readonly held: boolean;
}

/** What of the offered rate has to arrive: scrapes at the ends of the time may fall out of it. */
const LEAST_SHARE = 0.97;

/** How the load looks that is to be measured. Times in seconds. */
export interface Expected {
    readonly offered: number;
    readonly targets: number;
    readonly interval: number;
}

/** Watches Prometheus servers for some seconds. */
export async function measure(servers: readonly Server[], expected: Expected, seconds: number): Promise<Measured> {
    const { items: pods } = await core().listPodForAllNamespaces();
    const before = { used: usage(pods), pages: await readAll(servers), time: now() };
    await sleep(seconds * 1000);
    const time = now();
    const used = usedBetween(before.used, usage(pods), time - before.time);
    const pages = await readAll(servers);
    const ingested = await Promise.all(
        servers.map(async (server, index) => {
            const [first, last] = [before.pages[index], pages[index]];
            if (first === undefined || last === undefined) {
                throw new Error(`no page of ${server.pod}`);
            }
            const name = "prometheus_tsdb_head_samples_appended_total";
            return {
                pod: server.pod,
                samplesPerSecond: (valueIn(last.text, name) - valueIn(first.text, name)) / (last.time - first.time),
                series: valueIn(last.text, "prometheus_tsdb_head_series"),
                interval99: valueIn(
                    last.text,
                    "prometheus_target_interval_length_seconds",
                    `interval="${expected.interval}s"`,
                    'quantile="0.99"',
                ),
                ...(await scrapesOf(server, expected, [before.time, time])),
            };
        }),
    );
    const held = ingested.every(
        (each) =>
            each.missedScrapes === 0 &&
            each.targets === expected.targets &&
            each.samplesPerSecond >= LEAST_SHARE * expected.offered,
    );
    return { offered: expected.offered, seconds: time - before.time, servers: ingested, used, held };
}

interface Page {
    readonly text: string;
    /** When it was asked for, in seconds. */
    readonly time: number;
}

const now = () => Date.now() / 1000;

function readAll(servers: readonly Server[]): Promise<Page[]> {
    return Promise.all(servers.map(async (server) => ({ time: now(), text: await ask(server, "metrics") })));
}

const seriesSchema = z.object({
    status: z.literal("success"),
    data: z.object({
        resultType: z.literal("matrix"),
        result: z.array(
            z.object({
                metric: z.record(z.string(), z.string()),
                values: z.array(z.tuple([z.number(), z.string()])),
            }),
        ),
    }),
});

async function scrapesOf(
    server: Server,
    { interval }: Pick<Expected, "interval">,
    window: readonly [number, number],
): Promise<Pick<Ingested, "targets" | "missedScrapes" | "longestScrape">> {
    const up = await samplesOf(server, "up", window);
    const durations = await samplesOf(server, "scrape_duration_seconds", window);
    const missed = up.map((values): number => {
        const scrapes: Scrapes = {
            times: values.map(([time]) => time),
            failed: values.filter(([, value]) => value !== "1").length,
        };
        return missedScrapes(scrapes, interval, window);
    });
    return {
        targets: up.length,
        missedScrapes: missed.reduce((sum, each) => sum + each, 0),
        longestScrape: Math.max(0, ...durations.flat().map(([, value]) => Number(value))),
    };
}

/** Every sample of a window, for each of the load's targets. */
async function samplesOf(
    server: Server,
    name: string,
    [begin, end]: readonly [number, number],
): Promise<[time: number, value: string][][]> {
    const range = Math.round((end - begin) * 1000);
    const parameters = new URLSearchParams({ query: `${name}{job="${loadJob}"}[${range}ms]`, time: String(end) });
    const body = await ask(server, `api/v1/query?${parameters.toString()}`);
    return seriesSchema.parse(JSON.parse(body)).data.result.map(({ values }) => values);
}

/** As the API server, which no NetworkPolicy keeps out. */
export function ask({ namespace, pod }: Server, path: string): Promise<string> {
    return kubectl("get", "--raw", `/api/v1/namespaces/${namespace}/pods/${pod}:${prometheusPorts.web}/proxy/${path}`);
}
