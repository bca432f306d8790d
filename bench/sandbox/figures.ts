import { stopGoalSeconds } from "../../tests/live/support/goals";

/** A figure of the sandbox that has a goal; times on two cores. */
export interface Goal {
    readonly what: string;
    readonly unit: "s" | "min" | "GB";
    readonly most: number;
}

/** What the sandbox is to reach, in the order of the table in bench/README.md. */
export const goals = {
    platformReady: { what: "platform ready, tools there", unit: "s", most: 15 },
    unchangedUp: { what: "make up without changes", unit: "s", most: 30 },
    unitTests: { what: "unit tests", unit: "s", most: 20 },
    nodeReady: { what: "real node ready", unit: "s", most: 8 },
    podsReady: { what: "core: from applied to ready, the slowest pod", unit: "s", most: 60 },
    stop: { what: "stop of the node with the whole stack", unit: "s", most: stopGoalSeconds },
    memory: { what: "memory of the node and the core", unit: "GB", most: 4 },
    coldUp: { what: "make up on a bare machine", unit: "min", most: 15 },
    coldPeak: { what: "the same, peak of the disk", unit: "GB", most: 10 },
    coldKept: { what: "the same, kept on the disk", unit: "GB", most: 2 },
    coldImages: { what: "make up PODS=real after that: all images, and the stack", unit: "min", most: 30 },
} as const satisfies Record<string, Goal>;

/** Seconds, or bytes, in the unit of a goal. */
const perUnit = { s: 1, min: 60, GB: 1e9 } as const;

/**
 * A line that says a figure, its goal, and whether that was missed.
 * @param value in seconds or bytes
 */
export function figureLine({ what, unit, most }: Goal, value: number): string {
    const figure = value / perUnit[unit];
    return `${what}: ${figure.toFixed(unit === "s" ? 1 : 2)} ${unit} (goal: ${most} ${unit}${figure > most ? ", missed" : ""})`;
}

/** The same of a figure without a goal. */
export function plainLine(what: string, unit: Goal["unit"], value: number): string {
    return `${what}: ${(value / perUnit[unit]).toFixed(unit === "s" ? 1 : 2)} ${unit}`;
}

/** Seconds that some work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
    const begin = performance.now();
    await work();
    return (performance.now() - begin) / 1_000;
}

/**
 * Takes what the sandbox reports of its own start.
 * @param what `cluster`: with all that the sandbox adds to it
 * @throws Error when it said nothing of it
 */
export function readySeconds(what: "node" | "cluster", reports: readonly string[]): number {
    const line = new RegExp(`^${what} ready after ([\\d.]+) s$`);
    const [seconds] = reports.flatMap((report) => line.exec(report)?.[1] ?? []);
    if (seconds === undefined) {
        throw new Error(`the sandbox didn't say when its ${what} was ready:\n${reports.join("\n")}`);
    }
    return Number(seconds);
}
