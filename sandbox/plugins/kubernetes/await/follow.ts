import type { Cluster } from "../cluster";
import { nameOf, namespaceOf, type PlainMap, text, uidOf } from "../objects";
import { kinds, NotReadyError, type WaitContext, type Waiting, type WaitSetting, type WatchRule } from "./types";

/** Between two notices of what keeps pods from being ready. */
const NOTICE_MS = 10_000;

/** Follows the events of a rule until it is satisfied. */
export async function follow(
    setting: WaitSetting,
    rule: WatchRule,
    context: WaitContext,
    timeoutMs: number,
): Promise<PlainMap> {
    const ends: (() => void)[] = [];
    let over = false;
    try {
        return await new Promise((resolve, reject) => {
            const guarded = (action: () => void): void => {
                try {
                    action();
                } catch (error) {
                    reject(error instanceof Error ? error : new Error(String(error)));
                }
            };
            const recheck = (): void => {
                guarded(() => {
                    if (waiting.isReady()) {
                        resolve(waiting.object());
                    }
                });
            };
            const waiting = rule.start(context, recheck);
            for (const { gvk, note } of waiting.watches) {
                const onEvent: typeof note = (event) => {
                    guarded(() => {
                        note(event);
                    });
                    recheck();
                };
                setting.cluster.subscribe(gvk, namespaceOf(context.object), onEvent).then((end) => {
                    if (over) {
                        end();
                    } else {
                        ends.push(end);
                    }
                }, reject);
            }
            ends.push(...timers(setting, waiting, timeoutMs, resolve, reject));
            recheck();
        });
    } finally {
        over = true;
        for (const end of ends) {
            end();
        }
    }
}

/** Ends a wait at its time-out or at Ctrl-C; says meanwhile what is wrong with pods. Returns how to stop. */
function timers(
    setting: WaitSetting,
    waiting: Waiting,
    timeoutMs: number,
    resolve: (object: PlainMap) => void,
    reject: (error: unknown) => void,
): (() => void)[] {
    const giveUp = (message: (name: string) => string): void => {
        if (waiting.isReadyEnough?.()) {
            resolve(waiting.object());
            return;
        }
        const object = waiting.object();
        void warningEvents(setting.cluster, waiting.related?.() ?? []).then((events) => {
            reject(new NotReadyError(message(nameOf(object)), object, [...waiting.problems(), ...events]));
        });
    };
    const timeout = setTimeout(() => {
        giveUp((name) => `'${name}' timed out waiting to be Ready`);
    }, timeoutMs);
    const onCancel = (): void => {
        giveUp((name) => `Resource operation was cancelled for "${name}"`);
    };
    setting.cancelled.addEventListener("abort", onCancel);
    if (setting.cancelled.aborted) {
        onCancel();
    }
    const notices = setInterval(() => {
        for (const notice of waiting.notices?.() ?? []) {
            setting.status("warning", notice);
        }
    }, NOTICE_MS);
    return [
        () => {
            clearTimeout(timeout);
            clearInterval(notices);
            setting.cancelled.removeEventListener("abort", onCancel);
        },
    ];
}

/** The newest warning event of each reason about any of `objects`. */
export async function warningEvents(cluster: Cluster, objects: PlainMap[]): Promise<string[]> {
    const [first] = objects;
    if (first === undefined) {
        return [];
    }
    const uids = new Set(objects.map(uidOf));
    try {
        const events = await cluster.list(kinds.event, namespaceOf(first));
        const about = events.filter(
            (event) => event.type === "Warning" && uids.has(text(event, "involvedObject", "uid")),
        );
        return [...new Map(about.map((event) => [text(event, "reason"), event])).values()].map(
            (event) =>
                `[${text(event, "reason")}] ${text(event, "involvedObject", "name")}: ${text(event, "message").trim()}`,
        );
    } catch {
        return [];
    }
}
