import { z } from "zod";
import { alertNames } from "../alerts";
import { duration } from "./common";

export const rulesSchema = z
    .strictObject({
        cluster: z
            .boolean()
            .default(true)
            .describe(
                "Alerts and recording rules on the cluster: workloads, quotas, volumes, nodes, kubelets, components of " +
                    "Kubernetes; as far as the " +
                    "stack scrapes what they read",
            ),
        alerts: z
            .partialRecord(
                z.enum(alertNames),
                z.strictObject({
                    enabled: z.boolean().default(true).describe("false: leave this alert out"),
                    threshold: z
                        .number({ error: "expected a number, in the alert's unit" })
                        .min(0, { error: "expected 0 or more" })
                        .optional()
                        .describe("In place of the alert's own; the catalogue says in which unit, and which have none"),
                    for: duration().optional().describe("How long it must hold before anybody is told"),
                    severity: z.enum(["critical", "warning", "info"]).optional(),
                }),
            )
            .default({})
            .describe("Changes to alerts, by the alert's name: see docs/alerts.md"),
    })
    .prefault({})
    .describe("Alerting and recording rules, and changes to single alerts");

export type RulesSettings = z.output<typeof rulesSchema>;
