/**
 * When work can begin: with the stack as its profile has it, with all further parts, or when no later test counts on the
 * pods that are there.
 */
export type Step = "profile" | "all parts" | "pods may go";

interface Early {
    readonly suite: Mocha.Suite;
    readonly step: Step;
    readonly begin: () => Promise<unknown>;
    readonly begun: () => Promise<unknown> | undefined;
}

const registered: Early[] = [];

let isChosen: ((suite: Mocha.Suite) => boolean) | undefined;

/** Takes note of the tests that mocha is about to run: of `--grep` nobody else knows. */
export function noteChosenTests(runner: Mocha.Runner): void {
    isChosen = (suite) => runner.grepTotal(suite) > 0;
}

/**
 * Work that waits for most of its time. It begins once its step is deployed, and goes on while other tests run.
 * @param suite of the tests that ask for its end; when none of them is chosen, the work isn't begun
 * @returns waits for its end; what has failed in it fails there
 */
export function early<T>(suite: Mocha.Suite, step: Step, work: () => Promise<T>): () => Promise<T> {
    let begun: Promise<T> | undefined;
    const begin = (): Promise<T> => {
        if (begun === undefined) {
            begun = work();
            // It is told to whoever waits for it.
            begun.catch(() => undefined);
        }
        return begun;
    };
    registered.push({ suite, step, begin, begun: () => begun });
    return begin;
}

/** Begins the work of a step that is deployed. */
export function beginEarly(step: Step): void {
    for (const { suite, begin } of registered.filter((one) => one.step === step)) {
        if (isChosen?.(suite) ?? true) {
            void begin();
        }
    }
}

/** Waits for the end of what was begun in a step, before it is over. How it ended, its tests say. */
export async function endEarly(step: Step): Promise<void> {
    const works = registered.filter((one) => one.step === step).map(({ begun }) => begun());
    await Promise.allSettled(works.filter((work) => work !== undefined));
}
