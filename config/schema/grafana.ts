import { z } from "zod";
import { dnsLabel, hostName, labels, nodePort, objectName, port, resources, volume } from "./common";

export const exposureSchema = z
    .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("none").describe("Only inside the cluster; reach it by port-forward") }),
        z.strictObject({
            kind: z.literal("ingress"),
            className: z.string().min(1).optional().describe("IngressClass; default: the platform's"),
            tls: z
                .discriminatedUnion("kind", [
                    z.strictObject({
                        kind: z.literal("certManager"),
                        clusterIssuer: z
                            .string()
                            .min(1)
                            .default("letsencrypt")
                            .describe("ClusterIssuer of cert-manager"),
                    }),
                    z.strictObject({
                        kind: z.literal("existing"),
                        secretName: objectName().describe("Secret with tls.crt, tls.key"),
                    }),
                    z.strictObject({ kind: z.literal("none").describe("Plain HTTP") }),
                ])
                .prefault({ kind: "certManager" }),
            annotations: labels().default({}),
            loadBalancer: z
                .boolean()
                .default(false)
                .describe("A load balancer as well, past an ingress without TLS, for networkPolicies.clients"),
        }),
        z.strictObject({ kind: z.literal("nodePort"), port: nodePort() }),
        z.strictObject({ kind: z.literal("loadBalancer") }),
    ])
    .prefault({ kind: "ingress" });

export const grafanaSchema = z
    .strictObject({
        host: hostName().optional().describe("Host name under which Grafana is reached; required with an ingress"),
        exposure: exposureSchema.describe("How Grafana is reached from outside"),
        anonymous: z
            .discriminatedUnion("kind", [
                z.strictObject({ kind: z.literal("none").describe("Everybody logs in") }),
                z.strictObject({
                    kind: z
                        .literal("viewer")
                        .describe("Who doesn't log in sees every dashboard, and can query every data source"),
                    publicly: z
                        .boolean()
                        .default(false)
                        .describe("Also behind an ingress with TLS, by which the whole internet may come"),
                }),
            ])
            .prefault({ kind: "none" })
            .describe("What is shown without a login"),
        replicas: z.int().min(1).default(1).describe("More than one needs a shared database, which is not there yet"),
        state: z
            .discriminatedUnion("kind", [
                z.strictObject({ kind: z.literal("volume"), volume: volume("5Gi") }),
                z.strictObject({
                    kind: z.literal("ephemeral").describe("Lost with the pod: only what is provisioned stays"),
                }),
            ])
            .prefault({ kind: "volume" })
            .describe("Where Grafana keeps users, preferences and hand-made dashboards"),
        defaultDatasource: z
            .enum(["thanos", "prometheus", "loki"])
            .optional()
            .describe("Datasource that new panels use; default: the widest metrics source"),
        directPrometheus: z
            .boolean()
            .default(true)
            .describe(
                "Beside Thanos a datasource for Prometheus itself too, which answers while Thanos doesn't, from one replica " +
                    "at a time; without Thanos it is there anyway, with metrics.shards never",
            ),
        serviceName: dnsLabel().default("grafana").describe("Name of the Service"),
        servicePort: port().default(80).describe("Port of the Service"),
        resources: resources({ cpu: "100m", memory: "256Mi" }, { memory: "1Gi" }),
    })
    .prefault({})
    .describe("Dashboards and exploration");

export type GrafanaSettings = z.output<typeof grafanaSchema>;
export type Exposure = z.output<typeof exposureSchema>;
