import { z } from "zod";
import { dnsLabel, duration, text } from "./common";

const labelName = () =>
    text("label name", /^[a-zA-Z_][a-zA-Z0-9_]*$/, "expected the name of a label, such as severity or namespace");

/** Labels that alerts have to have: any of the values, literally. */
const labelValues = () => z.record(labelName(), z.array(z.string().min(1)).min(1));

export const severities = ["critical", "warning", "info"] as const;

/** Labels by which alerts are put into one notification. */
export const groupBy = () => z.array(labelName()).min(1);

const timeOfDay = () =>
    text(
        "time of day",
        /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
        "expected a time of day from 00:00 to 24:00, such as 08:30",
    );

const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
const months = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
] as const;

/** One of the names, or a range of them in their order: `monday:friday`. */
const nameRange = (title: string, names: readonly string[], example: string) =>
    z
        .string()
        .refine(
            (given) => {
                const ends = given.split(":").map((name) => names.indexOf(name));
                return ends.length <= 2 && ends.every((end) => end >= 0) && (ends[0] ?? 0) <= (ends.at(-1) ?? 0);
            },
            { error: `expected the name of a ${title} or a range of them in their order, such as ${example}` },
        )
        .meta({ title: `${title} or range` });

/** Days of the shortest month, by which Alertmanager compares a day from the end with one from the beginning. */
const SHORTEST_MONTH = 28;

/** Whether Alertmanager takes it: in order, and none from the end of a month to its beginning (timeinterval/timeinterval.go). */
function isDayRange(given: string): boolean {
    if (!/^-?([1-9]|[12]\d|3[01])(:-?([1-9]|[12]\d|3[01]))?$/.test(given)) {
        return false;
    }
    const [from = 0, to = from] = given.split(":").map(Number);
    const placed = (day: number) => (day < 0 ? SHORTEST_MONTH + day : day);
    return !(from < 0 && to > 0) && placed(from) <= placed(to);
}

const dayOfMonth = () => {
    const error =
        "expected a day of the month or a range of them in their order, from the end with a minus, such as 1:7 or -1";
    return z.string({ error }).refine(isDayRange, { error }).meta({ title: "day of the month or range" });
};

/** Whether it is the name of a time zone, in the spelling of the IANA's database: Alertmanager takes no other. */
function isTimeZone(name: string): boolean {
    try {
        const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
        // Of an older name, such as US/Eastern, only the newer one is known here.
        const isOlder = timeZone.toLowerCase() !== name.toLowerCase();
        return (name === timeZone || isOlder) && name.split("/").every((part) => /^[A-Z]/.test(part));
    } catch {
        return false;
    }
}

/** Times that repeat: an alert's time is in it when it is in one of the intervals. */
export const timeIntervalSchema = z.strictObject({
    location: z
        .string()
        .refine(isTimeZone, { error: "expected the name of a time zone, such as Europe/Berlin or UTC" })
        .meta({ title: "time zone" })
        .default("UTC")
        .describe("Time zone of all the times"),
    intervals: z
        .array(
            z.strictObject({
                weekdays: z
                    .array(nameRange("day", days, "saturday or monday:friday"))
                    .min(1)
                    .optional()
                    .describe("A week starts on Sunday"),
                times: z
                    .array(z.strictObject({ from: timeOfDay(), to: timeOfDay() }))
                    .min(1)
                    .optional()
                    .describe("Within a day; a night is two of them: to 24:00, and from 00:00"),
                daysOfMonth: z.array(dayOfMonth()).min(1).optional(),
                months: z
                    .array(nameRange("month", months, "december or june:august"))
                    .min(1)
                    .optional(),
            }),
        )
        .min(1)
        .describe("What an interval doesn't name, it doesn't ask for"),
});

export type TimeInterval = z.output<typeof timeIntervalSchema>;

/** One branch of the route tree. It takes alerts that meet every condition; without one it takes all that reach it. */
export const routeSchema = z.strictObject({
    receiver: dnsLabel(),
    severity: z.array(z.enum(severities)).min(1).optional(),
    namespace: z.array(z.string().min(1)).min(1).optional(),
    labels: labelValues().optional().describe("Other labels, each with the values that it may have"),
    continue: z.boolean().default(false).describe("Let the next routes have the alert as well"),
    groupBy: groupBy().optional().describe("Default: that of the route above"),
    groupWait: duration().optional(),
    groupInterval: duration().optional(),
    repeatInterval: duration().optional(),
    muteTimeIntervals: z
        .array(dnsLabel())
        .min(1)
        .optional()
        .describe("Tell nobody during these alerting.timeIntervals"),
    activeTimeIntervals: z.array(dnsLabel()).min(1).optional().describe("Tell somebody during these alone"),
    get routes() {
        return z.array(routeSchema).optional().describe("Routes for some of these alerts, as above");
    },
});

export type RouteSettings = z.output<typeof routeSchema>;

/** A rule by which one alert silences others. */
export const inhibitRuleSchema = z.strictObject({
    source: labelValues().describe("Labels of the alert that silences"),
    target: labelValues().describe("Labels of those that it silences"),
    equal: groupBy()
        .default(["cluster", "namespace"])
        .describe("Labels in which both agree; the cluster is one of them"),
});

export type InhibitRuleSettings = z.output<typeof inhibitRuleSchema>;
