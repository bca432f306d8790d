/**
 * What profile kup6s carries: samples that each Prometheus takes, and how long queries take, measured on a node of this
 * machine beside the same programs with their own defaults.
 *
 * `npm run bench:load [-- options]`; `--help` lists them. Takes an hour or more.
 */
// First: the sandbox reads its run folder when it is loaded.
import "../tests/sandbox/support/run-folder";
import "../tests/sandbox/support/end-on-signal";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api } from "@kubernetes/client-node";
import { mergePatch } from "../cli/kubernetes";
import { thanosNames } from "../components/long-term/names";
import { messageOf } from "../cli/errors";
import { inRunDir } from "../sandbox/paths";
import { uploadBlocks } from "../tests/live/support/blocks";
import { metricsBucket } from "../tests/live/support/buckets";
import { ClientPod, grafanaClient } from "../tests/live/support/client-pod";
import { api, live } from "../tests/live/support/live";
import { simulatedOnes, stackPods, untilAllReady } from "../tests/live/support/pods";
import { externalLabels, query } from "../tests/live/support/queries";
import { until } from "../tests/live/support/until";
import { benchNamespace } from "./load/names";
import { setTargets, startBench } from "./load/generator";
import { copyBlocks, makeHistory } from "./load/history";
import { measure, type Expected, type Server } from "./load/ingestion";
import { askAll, startAsker, type Asker } from "./load/latency";
import {
    expectedSeconds,
    parseOptions,
    rateOf,
    targetsFor,
    usage,
    type LoadOptions,
    type Variant,
} from "./load/options";
import { deployPlain, plainQueryUrl } from "./load/plain";
import { asksOf, type Question, spans } from "./load/questions";
import { type Figures, ingestionTable, variantText } from "./load/report";
import { deployedQuestions, deployStack, historySeries, stackServers } from "./load/stack";
import { runBench } from "./run";

const started = performance.now();

function report(message: string): void {
    process.stderr.write(`  ${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${message}\n`);
}

/** What is measured of a variant, and how it is reached. */
interface Subject {
    readonly variant: Variant;
    readonly servers: readonly Server[];
    readonly url: string;
    readonly asker: Asker;
}

const expected = (targets: number, options: LoadOptions): Expected => ({
    offered: rateOf(targets, options),
    targets,
    interval: options.interval,
});

/** Older data for both replicas, and a Store that knows of them. */
async function uploadHistory(questions: readonly Question[], { history }: LoadOptions): Promise<void> {
    const replicas = await until("external labels of both Prometheus", 180, async () => {
        const found = await externalLabels();
        if (found.length < 2) {
            throw new Error(`there are ${found.length}`);
        }
        return found;
    });
    const { asked, others } = await historySeries(questions, history.series);
    const series = [...asked, ...others];
    report(`history: ${series.length} series of ${history.days} days, of which queries read ${asked.length}`);
    const folder = (index: number) => inRunDir(`history-${index}`);
    await makeHistory({ series, end: new Date(), days: history.days, step: history.step }, folder(0), report);
    const bucket = await metricsBucket("thanos-sidecar");
    for (const [index, labels] of replicas.entries()) {
        if (index > 0) {
            copyBlocks(folder(index - 1), folder(index));
        }
        await uploadBlocks(folder(index), labels, bucket);
    }
    replicas.forEach((_, index) => {
        fs.rmSync(folder(index), { recursive: true, force: true });
    });
    report("history uploaded");
    // A restart reads the bucket at once.
    await api(AppsV1Api).patchNamespacedStatefulSet(
        {
            namespace: live().outputs.namespace,
            name: thanosNames.store,
            body: { spec: { template: { metadata: { annotations: { "perch.dev/load": new Date().toISOString() } } } } },
        },
        mergePatch,
    );
    await untilAllReady();
    const time = new Date(Date.now() - 1000 * spans.oldDay.ago);
    await until("older sample through Thanos Query", 300, async () => {
        if ((await query("count(up)", { time })).length === 0) {
            throw new Error("none");
        }
    });
}

/** On a machine that is full even a measurement may fail: it says why, and what was measured before is kept. */
async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
        return await work();
    } catch (error) {
        report(`${what}: ${messageOf(error)}`);
        return undefined;
    }
}

/** Raises the rate until it isn't held. */
async function ramp({ variant, servers }: Subject, options: LoadOptions): Promise<Pick<Figures, "steps" | "best">> {
    const steps: Figures["steps"][number][] = [];
    let best: number | undefined;
    for (const rate of options.rates) {
        const targets = targetsFor(rate, options);
        const measured = await attempt(`${variant}, ${rate} samples/s`, async () => {
            await setTargets(variant, targets);
            await sleep(1000 * options.settle);
            return measure(servers, expected(targets, options), options.step);
        });
        steps.push(...(measured === undefined ? [] : [measured]));
        process.stdout.write(measured === undefined ? "" : `${ingestionTable([measured])}\n`);
        if (measured?.held !== true) {
            break;
        }
        best = measured.offered;
    }
    return { steps, best };
}

async function askAs(subject: Subject, questions: readonly Question[], repeat: number, underLoad: boolean) {
    const latencies: Figures["latencies"][number][] = [];
    for (const [set, span] of asksOf[subject.variant]) {
        report(`${subject.variant}: ${set}, ${span.name}, ${underLoad ? "under load" : "no load"}`);
        const latency = await attempt(`${subject.variant}, ${set}, ${span.name}`, () =>
            askAll(subject.asker, subject.url, set, questions, span, repeat),
        );
        latencies.push(...(latency === undefined ? [] : [{ underLoad, latency }]));
    }
    return latencies;
}

async function figuresOf(subject: Subject, questions: readonly Question[], options: LoadOptions): Promise<Figures> {
    const { variant } = subject;
    const asks = (part: LoadOptions["only"][number]): boolean => options.only.includes(part);
    report(`${variant}: begin`);
    const { steps, best } = asks("ramp") ? await ramp(subject, options) : { steps: [], best: options.rates[0] };
    let hold: Figures["hold"];
    const latencies: Figures["latencies"][number][] = [];
    if (best !== undefined && (asks("hold") || asks("queries"))) {
        const targets = targetsFor(best, options);
        await setTargets(variant, targets);
        await sleep(1000 * options.settle);
        if (asks("hold")) {
            report(`${variant}: holding ${Math.round(best)} samples/s for ${options.hold} s`);
            hold = await attempt(`${variant}, hold`, () =>
                measure(subject.servers, expected(targets, options), options.hold),
            );
        }
        if (asks("queries")) {
            latencies.push(...(await askAs(subject, questions, options.repeat, true)));
        }
    }
    await setTargets(variant, 0);
    if (asks("queries")) {
        await sleep(1000 * options.settle);
        latencies.push(...(await askAs(subject, questions, options.repeat, false)));
    }
    const figures = { variant, steps, best, hold, latencies };
    process.stdout.write(`\n${variantText(figures)}\n`);
    return figures;
}

async function stackSubject(): Promise<Subject> {
    const { namespace, endpoints } = live().outputs;
    const [grafana] = simulatedOnes(await stackPods());
    return {
        variant: "stack",
        servers: await stackServers(),
        url: endpoints.thanosQuery,
        asker: await startAsker(namespace, grafana),
    };
}

/** The same numbers of the same programs. */
async function plainSubject({ interval }: LoadOptions, servers: readonly Server[]): Promise<Subject> {
    const { sandbox, outputs } = live();
    const { namespace } = outputs;
    const apps = api(AppsV1Api);
    const { spec: query } = await apps.readNamespacedDeployment({ namespace, name: thanosNames.query });
    const { spec: store } = await apps.readNamespacedStatefulSet({ namespace, name: thanosNames.store });
    const pods = await deployPlain({
        replicas: { prometheus: servers.length, query: query?.replicas ?? 1, store: store?.replicas ?? 1 },
        interval,
        bucket: await metricsBucket("thanos-store"),
        ca: fs.readFileSync(sandbox.s3.caFile, "utf8"),
    });
    return {
        variant: "plain",
        servers: pods.map((pod) => ({ namespace: benchNamespace, pod })),
        url: plainQueryUrl,
        asker: await startAsker(benchNamespace),
    };
}

async function bench(options: LoadOptions): Promise<Figures[]> {
    await deployStack(options, report);
    await startBench(options);
    const questions = await deployedQuestions();
    if (options.only.includes("queries")) {
        await grafanaClient();
        await uploadHistory(questions, options);
        await ClientPod.removeAll();
    }
    const figures: Figures[] = [];
    const servers = await stackServers();
    for (const variant of options.variants) {
        const subject = variant === "stack" ? await stackSubject() : await plainSubject(options, servers);
        figures.push(await figuresOf(subject, questions, options));
        writeJson(options, figures);
    }
    return figures;
}

function writeJson(options: LoadOptions, figures: readonly Figures[]): void {
    if (options.json !== undefined) {
        fs.writeFileSync(
            options.json,
            `${JSON.stringify({ date: new Date().toISOString(), options, figures }, null, 2)}\n`,
        );
    }
}

async function main(): Promise<void> {
    const args = process.argv.slice(2);
    if (args.includes("--help")) {
        process.stdout.write(usage);
        return;
    }
    const options = parseOptions(args);
    report(`up to ${Math.ceil(expectedSeconds(options) / 60)} minutes`);
    const figures = await bench(options);
    process.stdout.write(`\n${figures.map(variantText).join("\n\n")}\n`);
}

void runBench(main);
