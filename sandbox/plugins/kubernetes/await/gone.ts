import { setTimeout as sleep } from "node:timers/promises";
import { isNotFound, NoSuchKindError } from "../api-error";
import { idOf, maps, nameOf, type PlainMap, pluck, skipsAwait, text, uidOf } from "../objects";
import { NotReadyError, type WaitSetting } from "./types";

/** First pause before looking whether a deleted object is gone; doubled up to {@link POLL_MS}. */
const FIRST_DELETE_POLL_MS = 20;

/** The longest pause. */
const POLL_MS = 1000;

/** Kinds for which `skipAwait` also skips waiting for their end. Source: `allowsSkipAwaitWithDelete`, metadata/overrides.go. */
const skipAwaitOnDelete = new Set([
    "v1/Namespace",
    "v1/Pod",
    "apps/v1/DaemonSet",
    "apps/v1/Deployment",
    "apps/v1/StatefulSet",
    "batch/v1/Job",
]);

/**
 * Waits until a deleted object is gone.
 * @throws {NotReadyError} when finalizers hold it longer than the time-out
 */
export async function waitUntilGone(
    setting: WaitSetting,
    inputs: PlainMap,
    object: PlainMap,
    timeoutMs: number,
): Promise<void> {
    if (skipsAwait(inputs) && skipAwaitOnDelete.has(`${text(inputs, "apiVersion")}/${text(inputs, "kind")}`)) {
        return;
    }
    const deadline = Date.now() + timeoutMs;
    let pause = FIRST_DELETE_POLL_MS;
    for (;;) {
        const live = await unlessGone(() => setting.cluster.getMetadata(object));
        if (live === undefined || (uidOf(object) !== "" && uidOf(live) !== uidOf(object))) {
            setting.status("info", "");
            return;
        }
        if (setting.cancelled.aborted || Date.now() > deadline) {
            const whole = await unlessGone(() => setting.cluster.get(object));
            if (whole === undefined) {
                return;
            }
            throw stillThere(whole, setting.cancelled.aborted);
        }
        const finalizers = finalizersOf(live);
        setting.status("info", finalizers === "" ? "" : `Waiting for finalizers: ${finalizers}`);
        await sleep(pause);
        pause = Math.min(pause * 2, POLL_MS);
    }
}

function finalizersOf(object: PlainMap): string {
    const finalizers = pluck(object, "metadata", "finalizers");
    return Array.isArray(finalizers) ? finalizers.filter((name) => typeof name === "string").join(", ") : "";
}

/** An error that tells what the finalizers are, and the conditions in which a namespace says what is left in it. */
function stillThere(live: PlainMap, cancelled: boolean): NotReadyError {
    const finalizers = finalizersOf(live);
    const problems = maps(live, "status", "conditions")
        .filter((condition) => condition.status === "True")
        .map((condition) => `[${text(condition, "reason")}] ${text(condition, "message")}`);
    if (finalizers !== "") {
        problems.unshift(`finalizers might be preventing deletion (${finalizers})`);
    }
    const message = cancelled
        ? `Resource operation was cancelled for "${nameOf(live)}"`
        : `timed out waiting for '${idOf(live)}' to be deleted`;
    return new NotReadyError(message, live, problems);
}

async function unlessGone(get: () => Promise<PlainMap>): Promise<PlainMap | undefined> {
    try {
        return await get();
    } catch (error) {
        if (isNotFound(error) || error instanceof NoSuchKindError) {
            return undefined;
        }
        throw error;
    }
}
