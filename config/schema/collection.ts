import { z } from "zod";
import { dnsLabel, labels, resources } from "./common";

export const collectionSchema = z
    .strictObject({
        logs: z
            .discriminatedUnion("kind", [
                z.strictObject({ kind: z.literal("none").describe("No log agent") }),
                z.strictObject({
                    kind: z.literal("alloy").describe("Grafana Alloy on every node"),
                    access: z
                        .literal("api")
                        .default("api")
                        .describe("Read pod logs through the Kubernetes API, without any access to the host"),
                    pods: z
                        .strictObject({
                            namespaces: z
                                .array(dnsLabel())
                                .default([])
                                .describe("Namespaces of the pods; empty: every one"),
                            labels: labels().default({}).describe("Labels that the pods have"),
                        })
                        .prefault({})
                        .describe("Pods whose logs are collected; default: all of them"),
                    resources: resources({ cpu: "50m", memory: "128Mi" }, { memory: "512Mi" }),
                }),
            ])
            .prefault({ kind: "alloy" })
            .describe("Collection of pod logs"),
    })
    .prefault({})
    .describe("Agents on the nodes");

export type CollectionSettings = z.output<typeof collectionSchema>;
