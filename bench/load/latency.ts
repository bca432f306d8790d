import type { V1Pod } from "@kubernetes/client-node";
import { orMissing } from "../../cli/kubernetes";
import { benchImages } from "../../sandbox/images";
import { workloadLabels } from "../../tests/live/support/client-pod";
import { kubectlWith } from "../../tests/live/support/kubectl";
import { core } from "../../tests/live/support/live";
import { testLabel } from "../../tests/live/support/pods";
import { until } from "../../tests/live/support/until";
import { confined, unprivileged } from "./generator";
import { mostSeconds, type Question, type QuestionSet, type Span, withVariables } from "./questions";
import { repliesSchema } from "./replies";
import { quantile } from "./statistics";

/** A pod that asks. */
export interface Asker {
    readonly namespace: string;
    readonly name: string;
}

/**
 * Starts a pod that asks queries.
 * @param as a pod for which NetworkPolicies shall take it; absent: for none
 */
export async function startAsker(namespace: string, as?: V1Pod): Promise<Asker> {
    const name = "load-asker";
    await orMissing(core().deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 }));
    await until(`end of the earlier pod ${namespace}/${name}`, 60, async () => {
        if ((await orMissing(core().readNamespacedPod({ namespace, name }))) !== undefined) {
            throw new Error("it is there");
        }
    });
    await core().createNamespacedPod({
        namespace,
        body: {
            metadata: {
                name,
                labels: { ...(as === undefined ? {} : workloadLabels(as)), [testLabel]: "true" },
            },
            spec: {
                ...unprivileged,
                // Never ready, so that no Service takes it for one of its own.
                readinessGates: [{ conditionType: "perch.dev/never" }],
                containers: [
                    {
                        name: "ask",
                        image: benchImages.load,
                        // It only has to be there.
                        args: ["serve", "-listen=:9101", "-series=20"],
                        resources: { requests: { cpu: "10m", memory: "32Mi" } },
                        securityContext: confined,
                    },
                ],
            },
        },
    });
    await until(`running pod ${namespace}/${name}`, 120, async () => {
        const { status } = await core().readNamespacedPod({ namespace, name });
        if (status?.containerStatuses?.[0]?.state?.running === undefined) {
            throw new Error(status?.phase ?? "it isn't there");
        }
    });
    return { namespace, name };
}

/** How long answers took; seconds. */
export interface Latency {
    readonly set: QuestionSet;
    readonly span: string;
    readonly p50: number;
    readonly p95: number;
    readonly goal: number;
    /** Queries that had an answer: of these are the figures. */
    readonly queries: readonly AskedQuery[];
    /** Names of those without any series. */
    readonly empty: readonly string[];
    /** Names of those that failed, and why. */
    readonly failed: Readonly<Record<string, string>>;
}

export interface AskedQuery {
    readonly name: string;
    readonly expression: string;
    readonly series: number;
    readonly bytes: number;
    readonly p50: number;
    readonly p95: number;
}

/** Asks a set of queries for a span, each as often as told, or as there is time for. */
export async function askAll(
    asker: Asker,
    url: string,
    set: QuestionSet,
    questions: readonly Question[],
    span: Span,
    repeat: number,
): Promise<Latency> {
    const { ago, range, step } = span;
    const asked = questions
        .filter((question) => question.set === set)
        .map(({ name, expression }) => ({ name, expression: withVariables(expression, span), ago, range, step }));
    const output = await kubectlWith(
        JSON.stringify(asked),
        ...["exec", "--stdin", "--namespace", asker.namespace, asker.name, "--"],
        ...["/scrape-load", "ask", `-repeat=${repeat}`, `-most=${mostSeconds}s`, url],
    );
    const replies = repliesSchema.parse(JSON.parse(output)).map((reply, index) => ({
        ...reply,
        expression: asked[index]?.expression ?? "",
    }));
    const answered = replies.filter(({ error, series }) => error === undefined && series > 0);
    const all = answered.flatMap(({ seconds }) => seconds);
    return {
        set,
        span: span.name,
        p50: quantile(all, 0.5),
        p95: quantile(all, 0.95),
        goal: span.goal,
        queries: answered.map(({ name, expression, series, bytes, seconds }) => ({
            name,
            expression,
            series,
            bytes,
            p50: quantile(seconds, 0.5),
            p95: quantile(seconds, 0.95),
        })),
        empty: replies.filter(({ error, series }) => error === undefined && series === 0).map(({ name }) => name),
        failed: Object.fromEntries(
            replies.flatMap(({ name, error }) => (error === undefined ? [] : [[name, error] as const])),
        ),
    };
}
