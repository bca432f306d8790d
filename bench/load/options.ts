import { parseArgs } from "node:util";
import { DAY, parseDuration } from "../../config/units";
import { messageOf, UserError } from "../../cli/errors";
import { asksOf, mostSeconds } from "./questions";

/** What is measured: the stack, and the same programs with their own defaults. */
export const variants = ["stack", "plain"] as const;
export type Variant = (typeof variants)[number];

/** Parts of a measurement: which rate is held, holding it, and how long queries take. */
export const parts = ["ramp", "hold", "queries"] as const;
export type Part = (typeof parts)[number];

/** Times in seconds. */
export interface LoadOptions {
    /** Samples a second of each Prometheus, rising. */
    readonly rates: readonly number[];
    /** Between two scrapes of a target of the generator. */
    readonly interval: number;
    /** Series of each target. */
    readonly seriesPerTarget: number;
    /** After a change of the load, before anything counts. */
    readonly settle: number;
    /** How long each rate is measured. */
    readonly step: number;
    /** How long the best rate is held. */
    readonly hold: number;
    /** How often each query is asked. */
    readonly repeat: number;
    readonly history: HistoryOptions;
    readonly variants: readonly Variant[];
    readonly only: readonly Part[];
    /** Where the figures go; absent: to standard output alone. */
    readonly json: string | undefined;
}

export interface HistoryOptions {
    readonly days: number;
    readonly series: number;
    /** Between two samples, in seconds. */
    readonly step: number;
}

/** One line for each option, with its default. */
export const usage = `npm run bench:load -- [options]
  --rates <list>              samples a second of each Prometheus, rising (25000,50000,100000,150000)
  --interval <duration>       between two scrapes of the generator's targets (5s)
  --series-per-target <n>     a multiple of 20 (25000)
  --settle <duration>         after a change of the load, before anything counts (30s)
  --step <duration>           how long each rate is measured (90s)
  --hold <duration>           how long the best rate is held (10m)
  --repeat <n>                how often each query is asked (10)
  --history-days <n>          days of older data, at least 11 (30)
  --history-series <n>        series of it (2000)
  --history-step <duration>   between two of its samples (1m)
  --variants <list>           of: ${variants.join(", ")} (all, in this order)
  --only <list>               of: ${parts.join(", ")} (all); without ramp the first rate is taken as held
  --json <file>               writes the figures there too
`;

/** @throws UserError naming the option, what was given and what is right */
export function parseOptions(args: readonly string[]): LoadOptions {
    const { values } = parse(args);
    const settings: LoadOptions = {
        rates: list("rates", values.rates).map((rate) => whole("rates", rate, 1)),
        interval: seconds("interval", values.interval),
        seriesPerTarget: whole("series-per-target", values["series-per-target"], 20),
        settle: seconds("settle", values.settle),
        step: seconds("step", values.step),
        hold: seconds("hold", values.hold),
        repeat: whole("repeat", values.repeat, 1),
        history: {
            // The week that queries of older data span ends four days ago.
            days: whole("history-days", values["history-days"], 11),
            series: whole("history-series", values["history-series"], 1),
            step: seconds("history-step", values["history-step"]),
        },
        variants: oneOf("variants", values.variants, variants),
        only: oneOf("only", values.only, parts),
        json: values.json,
    };
    check(settings);
    return settings;
}

function parse(args: readonly string[]) {
    const text = (value: string) => ({ type: "string", default: value }) as const;
    try {
        return parseArgs({
            args: [...args],
            options: {
                rates: text("25000,50000,100000,150000"),
                interval: text("5s"),
                "series-per-target": text("25000"),
                settle: text("30s"),
                step: text("90s"),
                hold: text("10m"),
                repeat: text("10"),
                "history-days": text("30"),
                "history-series": text("2000"),
                "history-step": text("1m"),
                variants: text(variants.join(",")),
                only: text(parts.join(",")),
                json: { type: "string" },
            },
        });
    } catch (error) {
        throw new UserError(`${messageOf(error)}\n${usage}`);
    }
}

function check({ rates, seriesPerTarget, interval, step, hold }: LoadOptions): void {
    if (rates.some((rate, index) => rate <= (rates[index - 1] ?? 0))) {
        throw wrong("rates", rates.join(","), "rising numbers");
    }
    if (seriesPerTarget % 20 !== 0) {
        throw wrong("series-per-target", String(seriesPerTarget), "a multiple of 20");
    }
    for (const [name, given] of Object.entries({ step, hold })) {
        if (given < 4 * interval) {
            throw wrong(name, `${given}s`, `at least four times the interval, ${4 * interval}s`);
        }
    }
}

function list(name: string, given: string): string[] {
    const items = given.split(",").filter((item) => item !== "");
    if (items.length === 0) {
        throw wrong(name, given, "at least one");
    }
    return items;
}

function oneOf<T extends string>(name: string, given: string, known: readonly T[]): T[] {
    const items = list(name, given);
    const found = known.filter((each) => items.includes(each));
    if (found.length !== new Set(items).size) {
        throw wrong(name, given, `some of ${known.join(", ")}`);
    }
    return found;
}

function whole(name: string, given: string, least: number): number {
    if (!/^\d+$/.test(given) || Number(given) < least) {
        throw wrong(name, given, `a whole number from ${least}`);
    }
    return Number(given);
}

function seconds(name: string, given: string): number {
    const milliseconds = parseDuration(given);
    if (!(milliseconds >= 1000 && milliseconds <= DAY)) {
        throw wrong(name, given, "a duration from 1s to 1d, such as 90s");
    }
    return milliseconds / 1000;
}

function wrong(name: string, given: string, right: string): UserError {
    return new UserError(`--${name} ${given}: expected ${right}.\n${usage}`);
}

/** Targets that together give at least this rate. */
export function targetsFor(rate: number, { interval, seriesPerTarget }: LoadOptions): number {
    return Math.ceil((rate * interval) / seriesPerTarget);
}

/** The rate that so many targets give, in samples a second. */
export function rateOf(targets: number, { interval, seriesPerTarget }: LoadOptions): number {
    return (targets * seriesPerTarget) / interval;
}

/** What deploying, and making history, take on two cores; seconds, measured roughly. */
const preparation = { stack: 420, history: 300, plain: 60 } as const;

/** Seconds that all takes if every rate is held; an estimate. */
export function expectedSeconds(options: LoadOptions): number {
    const { only, rates, settle, step, hold } = options;
    const measured =
        (only.includes("ramp") ? rates.length * (settle + step) : 0) + (only.includes("hold") ? settle + hold : 0);
    const asking = options.variants.reduce((sum, variant) => sum + 2 * asksOf[variant].length * mostSeconds, 0);
    return (
        preparation.stack +
        (only.includes("queries") ? preparation.history + asking : 0) +
        (options.variants.includes("plain") ? preparation.plain : 0) +
        options.variants.length * measured
    );
}
