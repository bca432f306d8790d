import { z } from "zod";
import { goRegex, labelName } from "./common";

const meaning = "Labels whose values are looked at, with ; between them";
const labelNames = () => z.array(labelName()).min(1);

/** Relabelling of samples, one rule after the other. */
export const sampleRelabelings = () =>
    relabelings(labelNames().default(["__name__"]).describe(`${meaning}; default: the metric's name`));

/** Relabelling of targets before they are scraped, which have no name to look at. */
export const targetRelabelings = () => relabelings(labelNames().describe(meaning));

function relabelings<S extends z.ZodType<string[], string[] | undefined>>(sourceLabels: S) {
    const regex = goRegex().describe("Regular expression for the whole of the values");
    const nameRegex = goRegex().describe("Regular expression for the whole name");
    return z.array(
        z.discriminatedUnion("kind", [
            z.strictObject({ kind: z.literal("keep").describe("Take only what matches"), sourceLabels, regex }),
            z.strictObject({ kind: z.literal("drop").describe("Take nothing that matches"), sourceLabels, regex }),
            z.strictObject({
                kind: z.literal("labelDrop").describe("Take away labels whose names match"),
                regex: nameRegex,
            }),
            z.strictObject({ kind: z.literal("labelKeep").describe("Take away all other labels"), regex: nameRegex }),
            z.strictObject({
                kind: z.literal("replace").describe("Set a label where the values match"),
                sourceLabels,
                regex: goRegex().default("(.*)").describe("Regular expression for the whole of the values"),
                targetLabel: labelName().describe("Label that is set"),
                replacement: z.string().default("$1").describe("Its value, with $1 for the first group"),
            }),
        ]),
    );
}

export type RelabelingSettings = z.output<ReturnType<typeof sampleRelabelings>>[number];
