import { z } from "zod";
import { duration, port, resources } from "./common";

export const telegrafSchema = z
    .strictObject({
        enabled: z.boolean().default(false).describe("Deploy Telegraf on every node, for its own metrics of machines"),
        port: port().default(9273).describe("Host port; change it where another Telegraf has 9273"),
        interval: duration().optional().describe("How often it looks at the machine; default: metrics.scrapeInterval"),
        resources: resources({ cpu: "20m", memory: "64Mi" }, { memory: "256Mi" }),
    })
    .prefault({})
    .describe("Telegraf: CPU, memory, disks, network and processes of every node");

export type TelegrafSettings = z.output<typeof telegrafSchema>;
