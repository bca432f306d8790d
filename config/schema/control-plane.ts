import { z } from "zod";
import { address, labels, objectName } from "./common";

const certificate = () =>
    objectName().describe(
        "Name of a Secret in the stack's namespace with the keys ca.crt, tls.crt and tls.key: a client certificate of etcd",
    );

/** Components of Kubernetes; how they are found is the platform's. */
export const controlPlaneSchema = z
    .strictObject({
        apiServer: z.boolean().default(true).describe("Scrape the API servers, but for their largest histograms"),
        coreDns: z.boolean().default(true).describe("Scrape the DNS pods that networkPolicies.dns names, if CoreDNS"),
        controllerManager: z
            .boolean()
            .default(false)
            .describe("Scrape the controller managers; in pods they listen on loopback alone: --bind-address=0.0.0.0"),
        scheduler: z
            .boolean()
            .default(false)
            .describe("Scrape the schedulers; in pods they listen on loopback alone: --bind-address=0.0.0.0"),
        kubeProxy: z
            .boolean()
            .default(false)
            .describe("Scrape kube-proxy; in pods it listens on loopback alone: metricsBindAddress: 0.0.0.0:10249"),
        etcd: z
            .discriminatedUnion("kind", [
                z.strictObject({ kind: z.literal("none").describe("etcd isn't scraped") }),
                z.strictObject({
                    kind: z.literal("pods").describe("The etcd pods of the cluster, on their client port"),
                    certificate: certificate(),
                }),
                z.strictObject({
                    kind: z.literal("addresses").describe("Given addresses: an etcd outside of pods, as K3s has it"),
                    addresses: z.array(address()).min(1).describe("Hosts and ports"),
                    certificate: certificate()
                        .optional()
                        .describe(
                            "Name of a Secret in the stack's namespace with the keys ca.crt, tls.crt and tls.key; " +
                                "default: plain HTTP, as on a port for metrics alone",
                        ),
                }),
            ])
            .default({ kind: "none" })
            .describe("Scrape etcd"),
        podLabels: z
            .strictObject({
                controllerManager: labels().default({ component: "kube-controller-manager" }),
                scheduler: labels().default({ component: "kube-scheduler" }),
                kubeProxy: labels().default({ "k8s-app": "kube-proxy" }),
                etcd: labels().default({ component: "etcd" }),
            })
            .prefault({})
            .describe("Labels of those in pods of kube-system"),
    })
    .prefault({})
    .describe("Components of Kubernetes that are scraped beside the kubelets, and so have alerts");

export type ControlPlaneSettings = z.output<typeof controlPlaneSchema>;
