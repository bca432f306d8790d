import { z } from "zod";
import { dnsLabel } from "./common";

export const clusterSchema = z
    .strictObject({
        name: dnsLabel().describe("Name of the cluster: label `cluster` of every series, log line and alert"),
        platform: z
            .enum(["generic", "k3s", "eks"])
            .default("generic")
            .describe("What kind of cluster it is; decides storage class, ingress class and scrape targets"),
        nodes: z.int().min(1).optional().describe("Number of nodes, where known; checked against replicas"),
    })
    .describe("The cluster that is monitored");

export type ClusterSettings = z.output<typeof clusterSchema>;
