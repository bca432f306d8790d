import { setTimeout as sleep } from "node:timers/promises";
import { annotationOf, annotations, gvkOf, nameOf, namespaceOf, type PlainMap, skipsAwait, text } from "../objects";
import { rowOf, type WaitRule } from "../table";
import { daemonSetRule } from "./daemon-set";
import { deploymentRule } from "./deployment";
import { follow, warningEvents } from "./follow";
import { ingressRule } from "./ingress";
import { jobRule } from "./job";
import { podRule } from "./pod";
import { persistentVolumeClaimRule, persistentVolumeRule, resourceQuotaRule, secretRule } from "./polled";
import { serviceRule } from "./service";
import { statefulSetRule } from "./stateful-set";
import { NotReadyError, type PollRule, type WaitContext, type WaitSetting, type WatchRule } from "./types";
import { waitForRule } from "./wait-for";

export { waitUntilGone } from "./gone";
export { isJobReady } from "./job";
export { NotReadyError, type WaitSetting } from "./types";

/** Time-out of waits, unless `customTimeouts` or the annotation `pulumi.com/timeoutSeconds` say otherwise. */
const DEFAULT_TIMEOUT_MS = 600_000;
/** Between two looks at an object whose rule has no watch. */
const POLL_MS = 500;
type Rule = WatchRule | PollRule;

const rules: Record<Exclude<WaitRule, "none">, Rule> = {
    "daemon-set": daemonSetRule,
    deployment: deploymentRule,
    ingress: ingressRule,
    job: jobRule,
    "persistent-volume": persistentVolumeRule,
    "persistent-volume-claim": persistentVolumeClaimRule,
    pod: podRule,
    "resource-quota": resourceQuotaRule,
    secret: secretRule,
    service: serviceRule,
    "stateful-set": statefulSetRule,
};

/**
 * How long to wait, in milliseconds.
 * @param customSeconds from the resource's `customTimeouts`; 0: none
 */
export function timeoutOf(inputs: PlainMap, customSeconds: number): number {
    const annotated = /^\d+$/.exec(annotationOf(inputs, annotations.timeoutSeconds))?.[0];
    const seconds = customSeconds === 0 ? Number(annotated ?? 0) : customSeconds;
    return seconds === 0 ? Number(process.env.PERCH_SANDBOX_TIMEOUT_MS ?? DEFAULT_TIMEOUT_MS) : seconds * 1000;
}

function builtInRule(object: PlainMap): Rule | undefined {
    const wait = rowOf(gvkOf(object))?.wait ?? "none";
    return wait === "none" ? undefined : rules[wait];
}

/**
 * Waits until an object that was created or updated is ready, and returns its newest state.
 * @param inputs whose annotations say whether and what to wait for
 * @throws {NotReadyError} at the time-out, at Ctrl-C, and as soon as it can't become ready any more
 */
export async function waitUntilReady(
    setting: WaitSetting,
    inputs: PlainMap,
    object: PlainMap,
    before: PlainMap | undefined,
    timeoutMs: number,
): Promise<PlainMap> {
    if (skipsAwait(inputs)) {
        return object;
    }
    const context: WaitContext = { object, before, status: setting.status };
    const waitFor = annotationOf(object, annotations.waitFor);
    const rule = waitFor === "" ? builtInRule(object) : waitForRule(waitFor);
    if (rule === undefined) {
        return object;
    }
    const live = "start" in rule ? await follow(setting, rule, context, timeoutMs) : await poll(setting, rule, context);
    setting.status("info", "");
    return live;
}

/**
 * Is an object that was read well? Only kinds that the official plugin checks when the state is refreshed.
 * @throws {NotReadyError} when it isn't
 */
export async function checkOnRead(setting: WaitSetting, inputs: PlainMap, object: PlainMap): Promise<void> {
    const rule = builtInRule(object);
    if (rule === undefined || !("start" in rule) || !rule.checkedOnRead || skipsAwait(inputs)) {
        return;
    }
    const waiting = rule.start({ object, before: undefined, status: () => undefined }, () => undefined);
    for (const { gvk, note } of waiting.watches) {
        const items =
            gvk.kind === text(object, "kind") ? [object] : await setting.cluster.list(gvk, namespaceOf(object));
        for (const item of items) {
            note({ type: "added", object: item });
        }
    }
    if (!waiting.isReady() && !(waiting.isReadyEnough?.() ?? false)) {
        throw new NotReadyError(
            `Resource '${nameOf(object)}' was created but failed to initialize`,
            object,
            waiting.problems(),
        );
    }
}

async function poll(setting: WaitSetting, rule: PollRule, context: WaitContext): Promise<PlainMap> {
    const deadline = Date.now() + rule.timeoutMs;
    let live = context.object;
    while (!(await rule.isReady(context, live, setting.cluster))) {
        if (setting.cancelled.aborted) {
            throw new NotReadyError(`Resource operation was cancelled for '${nameOf(live)}'`, live);
        }
        if (Date.now() > deadline) {
            const events = await warningEvents(setting.cluster, [live]);
            throw new NotReadyError(`Timeout occurred polling for '${nameOf(live)}'`, live, events);
        }
        await sleep(POLL_MS);
        live = await setting.cluster.get(live);
    }
    return live;
}
