import { z } from "zod";
import { duration, port } from "./common";

/** Who notices that nobody is told of anything any more. */
export const deadMansSwitchSchema = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("none").describe("Nobody: when the monitoring dies, it dies in silence"),
    }),
    z.strictObject({
        kind: z
            .literal("heartbeat")
            .describe("A check outside of the cluster that is called again and again, and rings when the calls stop"),
        interval: duration().default("1m").describe("Time between two calls; let the check wait for several of them"),
        port: port().default(443).describe("Port of the check's URL, for the NetworkPolicy"),
    }),
]);

export type DeadMansSwitchSettings = z.output<typeof deadMansSwitchSchema>;
