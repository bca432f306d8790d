import * as units from "@grafana/grafana-foundation-sdk/units";
import type { StackHealthSettings } from "../stack-health";
import type { Section } from "../panels";
import { increase, rate, type Select } from "./promql";

/** What the stack itself takes of the cluster. */
export function resources({ platform, metrics }: StackHealthSettings, select: Select): Section {
    const namespaces = [platform.namespace, platform.hostNamespace ?? `${platform.namespace}-host`];
    const ours = `namespace=~"${namespaces.join("|")}"`;
    const containers = `${ours}, container!="", container!="POD"`;
    const used = select("kubelet_volume_stats_used_bytes", "kubelet", ours);
    const capacity = select("kubelet_volume_stats_capacity_bytes", "kubelet", ours);
    return {
        title: "Resources",
        numbers: [],
        graphs: [
            {
                title: "CPU",
                description: "Cores that the stack's pods use",
                unit: units.Short,
                queries: [
                    {
                        expr: `sum by (pod) (${rate(select("container_cpu_usage_seconds_total", "kubelet", containers))})`,
                        legend: "{{pod}}",
                    },
                ],
            },
            {
                title: "Memory",
                description: "Memory of the stack's pods that can't be taken back",
                unit: units.BytesIEC,
                queries: [
                    {
                        expr: `sum by (pod) (${select("container_memory_working_set_bytes", "kubelet", containers)})`,
                        legend: "{{pod}}",
                    },
                ],
            },
            {
                title: "Volumes",
                description: "How full the stack's volumes are",
                unit: units.PercentUnit,
                queries: [
                    {
                        expr: `max by (persistentvolumeclaim) (${used} / ${capacity})`,
                        legend: "{{persistentvolumeclaim}}",
                    },
                ],
            },
            ...(metrics.kubeStateMetrics.enabled
                ? [
                      {
                          title: "Restarts",
                          description: "Containers of the stack that ended and were started again",
                          unit: units.Short,
                          queries: [
                              {
                                  expr: `sum by (pod, container) (${increase(
                                      select("kube_pod_container_status_restarts_total", "kubeStateMetrics", ours),
                                  )}) > 0`,
                                  legend: "{{pod}} {{container}}",
                              },
                          ],
                      },
                      {
                          title: "Pods not ready",
                          description: "Pods of the stack that serve nobody, although they should",
                          unit: units.Short,
                          queries: [
                              {
                                  expr: `sum by (pod) (${select(
                                      "kube_pod_status_ready",
                                      "kubeStateMetrics",
                                      `${ours}, condition="false"`,
                                  )}) > 0`,
                                  legend: "{{pod}}",
                              },
                          ],
                      },
                  ]
                : []),
        ],
    };
}
