/**
 * What `pulumi preview` of the prod stack costs, beside the floor: a program with the same SDKs that registers as many
 * 1 KiB ConfigMaps. Both run on the sandbox, in turn, on an empty state and right after `up`.
 *
 * `npm run bench:preview [-- runs]`, 5 by default; takes some minutes.
 */
// First: the sandbox reads its run folder when it is loaded.
import "../tests/sandbox/support/run-folder";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigValues, Engine } from "../sandbox/engine";
import { projectRoot } from "../sandbox/paths";
import { openSandbox } from "../sandbox/sandbox";
import { summary } from "../tests/e2e/support/output";
import { committedConfig, openStack, type Stack } from "../tests/e2e/support/stack";
import { type Cost, costOf, median } from "./cost";
import { runBench } from "./run";

const runs = Number(process.argv[2] ?? 5);

/** What the floor registers besides its ConfigMaps: the stack itself, a provider and a namespace. */
const FLOOR_FRAME = 3;

/** After it the cluster's processes take no more than they always do. */
const SETTLE_MS = 30_000;

const goals = { ratio: 1.2, fixedSeconds: 3, secondsPerResource: 0.02, programMb: 300 } as const;

/** The same command of both stacks. */
type Measured = Readonly<Record<"prod" | "floor", Cost[]>>;

/** Previews both in turn, so that what else the machine does hits both. */
async function measure(stacks: Readonly<Record<keyof Measured, Stack>>): Promise<Measured> {
    const measured: Measured = { prod: [], floor: [] };
    for (let run = 0; run <= runs; run += 1) {
        for (const name of ["prod", "floor"] as const) {
            const cost = await costOf(() => stacks[name].ok("preview"));
            // The first run fills caches.
            if (run > 0) {
                measured[name].push(cost);
            }
        }
    }
    return measured;
}

function report(state: string, { prod, floor }: Measured, resources: number): void {
    const line = (what: string, unit: string, of: (cost: Cost) => number, goal: string): string => {
        const [stack, least] = [median(prod.map(of)), median(floor.map(of))];
        const figures = `prod ${stack.toFixed(1)} ${unit}, floor ${least.toFixed(1)} ${unit}, ratio ${(stack / least).toFixed(2)}`;
        return `  ${what}: ${figures}${goal === "" ? "" : ` (goal: ${goal})`}\n`;
    };
    const seconds = (goals.fixedSeconds + goals.secondsPerResource * resources).toFixed(1);
    process.stdout.write(
        `${state}, ${resources} resources\n` +
            line("wall", "s", ({ wallSeconds }) => wallSeconds, `ratio ${goals.ratio}, ${seconds} s`) +
            line("CPU", "s", ({ cpuSeconds }) => cpuSeconds, "") +
            line("program's peak memory", "MB", ({ programMb }) => programMb, `${goals.programMb} MB`),
    );
}

/** A stack of the floor, with as many resources as the other one has. */
function openFloor(engine: Engine, resources: number): Promise<Stack> {
    const cwd = path.join(projectRoot, "bench", "floor");
    const config: ConfigValues = { "perch-floor:count": resources - FLOOR_FRAME };
    return openStack({ ...engine, cwd }, "floor", config);
}

async function main(): Promise<void> {
    const { engine } = await openSandbox({ target: "simulated", report: () => undefined });
    const prod = await openStack(engine, "prod", committedConfig("prod"));
    const { "to create": resources = NaN } = summary(await prod.ok("preview"));
    const floor = await openFloor(engine, resources);
    report("Empty state", await measure({ prod, floor }), resources);
    await prod.up();
    await floor.up();
    // The cluster goes on with what both have made: that is nothing of a preview's.
    await sleep(SETTLE_MS);
    report("After up", await measure({ prod, floor }), resources);
}

void runBench(main);
