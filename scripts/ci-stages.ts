/** A command of `.ci/run`, and what it is called in the summary. */
export interface Stage {
    readonly name: string;
    readonly command: readonly [string, ...string[]];
}

/** How many tests of a stage went which way. */
export interface Result {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    /** What the stage said of its failures; empty without one. */
    readonly report: string;
}

/** What is said at the end of all stages. */
export interface Summary {
    /** What failed, a line for each stage, how long all took, then the closing line, after which it is judged. */
    readonly text: string;
    readonly failed: boolean;
}

/** After this many minutes no stage is started: a run that is cut off says nothing about what it left out. */
export const lastStartMinutes = 70;

/** Of a stage that fails without a failing test: a compiler's error, a crash. */
const reportedLines = 20;

/** Adds up mocha's closing lines in a stage's output, and takes its reports of failures out of it. */
export function count(output: string, exitCode: number): Result {
    const sum = (word: string) =>
        [...output.matchAll(new RegExp(`^\\s+(\\d+) ${word}\\b`, "gm"))].reduce(
            (total, match) => total + Number(match[1]),
            0,
        );
    const counted = { passed: sum("passing"), skipped: sum("pending") };
    const failed = sum("failing");
    if (failed === 0 && exitCode !== 0) {
        return { ...counted, failed: 1, report: output.trimEnd().split("\n").slice(-reportedLines).join("\n") };
    }
    // A report ends with the output, or where that of the next lane begins.
    const reports = output.matchAll(/^ +\d+ failing\n\n([^]*?)(?=^npm run \S+ exited with code|(?![^]))/gm);
    return { ...counted, failed, report: [...reports].map(([, report = ""]) => report.trimEnd()).join("\n\n") };
}

/**
 * Runs stages one after the other; one that fails doesn't keep the others from running, the clock does.
 * @param run runs a stage
 * @param now milliseconds
 */
export async function runStages(
    stages: readonly Stage[],
    run: (stage: Stage) => Promise<Result>,
    now: () => number = Date.now,
): Promise<Summary> {
    const started = now();
    const total = { passed: 0, failed: 0, skipped: 0 };
    const lines: string[] = [];
    const reports: string[] = [];
    for (const stage of stages) {
        const begun = now();
        const minutes = (begun - started) / 60_000;
        if (minutes >= lastStartMinutes) {
            lines.push(`${stage.name}: not started, ${minutes.toFixed(0)} minutes had passed`);
            total.failed += 1;
            continue;
        }
        const result = await run(stage);
        lines.push(`${stage.name}: ${resultText(result)}, ${((now() - begun) / 1000).toFixed(0)} s`);
        if (result.report !== "") {
            reports.push(`=== failed in ${stage.name}\n${result.report}\n\n`);
        }
        total.passed += result.passed;
        total.failed += result.failed;
        total.skipped += result.skipped;
    }
    // Goals: 25 minutes, and 80 where the tools have to be made first.
    lines.push(`all: ${((now() - started) / 60_000).toFixed(1)} min`);
    const text = `${reports.join("")}${lines.join("\n")}\n\n${resultText(total)}\n`;
    return { text, failed: total.failed > 0 };
}

function resultText({ passed, failed, skipped }: Omit<Result, "report">): string {
    return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}
