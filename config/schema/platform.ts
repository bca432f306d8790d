import { z } from "zod";
import { dnsLabel, duration, labels } from "./common";

export const platformSchema = z
    .strictObject({
        namespace: dnsLabel()
            .default("monitoring")
            .describe("Namespace of the stack; enforces Pod Security `restricted`"),
        hostNamespace: dnsLabel()
            .optional()
            .describe(
                "Namespace of what needs the host (node-exporter); default: <namespace>-host; enforces `privileged`",
            ),
        labels: labels().default({}).describe("Labels put on every object beside the recommended ones"),
        priorityClass: z
            .union([
                z.strictObject({
                    value: z
                        .int()
                        .min(1)
                        .max(1_000_000_000)
                        .default(1_000_000)
                        .describe("Priority of the stack's pods"),
                }),
                z.literal("none"),
            ])
            .prefault({})
            .describe("PriorityClass made for the stack, or none"),
        storageClass: z
            .string()
            .min(1)
            .optional()
            .describe("StorageClass of every volume; default: the platform's or the cluster's"),
        neighbours: z
            .array(dnsLabel())
            .default([])
            .describe(
                "Namespaces of other Perch stacks in this cluster, whose monitors and rules this one leaves alone; with them " +
                    "`<namespace>-host`: another platform.hostNamespace is named, too",
            ),
        readyTimeout: duration()
            .optional()
            .describe(
                "How long `pulumi up` waits for an object to become ready before it ends red; default: 10 minutes",
            ),
        protectData: z
            .boolean()
            .default(true)
            .describe("Refuse to delete buckets and what holds volumes, and keep them when the stack is destroyed"),
        takeBack: z
            .boolean()
            .default(false)
            .describe(
                "Take back the namespaces and Grafana's volume that a destroyed stack has kept; for one `pulumi up`",
            ),
    })
    .prefault({})
    .describe("Where and how the stack's pods run");

export type PlatformSettings = z.output<typeof platformSchema>;
