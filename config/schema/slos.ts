import { z } from "zod";
import { dnsLabel } from "./common";

/** What stands for the length of a window in the queries of an SLO. */
export const windowPlaceholder = "{window}";

const query = () => {
    const error = `expected PromQL with the window as [${windowPlaceholder}], such as sum(rate(http_requests_total[${windowPlaceholder}]))`;
    return z
        .string({ error })
        .refine((text) => text.includes(`[${windowPlaceholder}]`), { error })
        .meta({ title: "PromQL" });
};

const objective = () => {
    const error = "expected a percentage above 0 and below 100, such as 99.9";
    return z.number({ error }).gt(0, { error }).lt(100, { error }).meta({ title: "percentage" });
};

export const slosSchema = z
    .record(
        dnsLabel(),
        z.strictObject({
            service: dnsLabel().describe("What it is about: label `sloth_service`"),
            objective: objective().describe(
                "Share of the events of 30 days that are to be good, in percent; up to 83.33 no alert on it is critical",
            ),
            description: z.string().min(1).optional(),
            errors: query().describe("Bad events a second"),
            total: query().describe("All events a second"),
            labels: z
                .record(
                    z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: "expected the name of a label" }),
                    z.string(),
                )
                .default({})
                .describe("Labels of the alerts, such as `namespace` for the route tree"),
        }),
    )
    .default({})
    .describe("Service level objectives by name: recordings as Sloth names them, and alerts on the burn rate");

export type SloSettings = z.output<typeof slosSchema>[string];
