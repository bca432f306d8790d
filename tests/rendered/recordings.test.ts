import { expect } from "chai";
import { stringify } from "yaml";
import { isAlert, ruleFamilies, ruleFile } from "../../rules";
import { flat, grow, jobs, type Labels, namespace, ofJob, type Series, settings } from "./alerts/series";
import { check, refusal } from "./support/check";

const node = ofJob("nodeExporter", { instance: "a" });
const ksm = ofJob("kubeStateMetrics", { namespace: "shop" });
const cadvisor = ofJob("kubelet", {
    metrics_path: "/metrics/cadvisor",
    node: "a",
    namespace: "shop",
    pod: "web-1",
    container: "web",
    image: "web:1",
});
const nodeJob = { job: jobs.nodeExporter, instance: "a" };
const container = { namespace: "shop", pod: "web-1", container: "web", node: "a" };
const disk = { device: "sda" };

const memory = (value: number) => [
    ...["working_set_bytes", "rss", "cache"].map((kind) => cadvisor(`container_memory_${kind}`, flat(value))),
    // The pod as a whole has no container: with it everything would count twice.
    cadvisor("container_memory_working_set_bytes", flat(9 * value), { container: "" }),
];

const demand = (["requests", "limits"] as const).flatMap((kind) =>
    (["cpu", "memory"] as const).flatMap((resource) => [
        ...["web-1", "web-2", "done"].map((pod) =>
            ksm(`kube_pod_container_resource_${kind}`, flat(resource === "cpu" ? 2 : 300), {
                pod,
                container: "web",
                resource,
            }),
        ),
    ]),
);

const owners = [
    ksm("kube_pod_owner", flat(1), { pod: "web-1", owner_kind: "ReplicaSet", owner_name: "web-abc" }),
    ksm("kube_replicaset_owner", flat(1), { replicaset: "web-abc", owner_kind: "Deployment", owner_name: "web" }),
    ksm("kube_pod_owner", flat(1), { pod: "db-0", owner_kind: "StatefulSet", owner_name: "db" }),
];

const input: Series[] = [
    ...["0", "1"].flatMap((cpu) => [
        node("node_cpu_seconds_total", grow(45), { cpu, mode: "idle" }),
        node("node_cpu_seconds_total", grow(15), { cpu, mode: "user" }),
    ]),
    node("node_load1", flat(3)),
    node("node_memory_MemTotal_bytes", flat(100)),
    node("node_memory_MemAvailable_bytes", flat(75)),
    node("node_vmstat_pgmajfault", grow(60)),
    node("node_disk_io_time_seconds_total", grow(30), disk),
    node("node_disk_io_time_weighted_seconds_total", grow(120), disk),
    ...["receive_bytes", "transmit_bytes", "receive_drop", "transmit_drop"].flatMap((kind) => [
        node(`node_network_${kind}_total`, grow(60), { device: "eth0" }),
        node(`node_network_${kind}_total`, grow(120), { device: "eth1" }),
        node(`node_network_${kind}_total`, grow(6000), { device: "lo" }),
    ]),
    cadvisor("container_cpu_usage_seconds_total", grow(30)),
    ...memory(500),
    ...demand,
    ksm("kube_pod_status_phase", flat(1), { pod: "web-1", phase: "Running" }),
    ksm("kube_pod_status_phase", flat(1), { pod: "web-2", phase: "Pending" }),
    ksm("kube_pod_status_phase", flat(1), { pod: "done", phase: "Succeeded" }),
    ...owners,
    ...["a", "b", "c"].map((instance) => node("up", flat(instance === "c" ? 0 : 1), { instance })),
];

const kubelet = ofJob("kubelet", { metrics_path: "/metrics", instance: "a", node: "a" });
const grafana = ofJob("grafana", { namespace, pod: "grafana-0" });

input.push(
    ksm("kube_pod_info", flat(1), { pod: "web-1", node: "a", uid: "1" }),
    // While a pod moves there are two of its name; one that waits has no node.
    ksm("kube_pod_info", flat(1), { pod: "web-1", node: "a", uid: "2" }),
    ksm("kube_pod_info", flat(1), { pod: "web-2", node: "", uid: "3" }),
    // All between one second and two.
    ...(
        [
            ["1.0", 0],
            ["2.0", 60],
            ["+Inf", 60],
        ] as const
    ).map(([le, count]) => kubelet("kubelet_pleg_relist_duration_seconds_bucket", grow(count), { le })),
    ...["0", "1"].map((method) =>
        grafana("grafana_http_request_duration_seconds_count", grow(60), { method, handler: "/", status_code: "200" }),
    ),
);

const api = ofJob("apiServer", { instance: "a" });
const scheduler = ofJob("scheduler", { instance: "a" });
const duration = "apiserver_request_sli_duration_seconds";

// Of four reads a second half a one fails and half a one is late; a namespace's list may take five seconds. Every fourth
// write is late. Watches and logs count for nothing.
input.push(
    api("apiserver_request_total", grow(210), { verb: "GET", code: "200" }),
    api("apiserver_request_total", grow(30), { verb: "GET", code: "500" }),
    api("apiserver_request_total", grow(60), { verb: "POST", code: "201" }),
    api("apiserver_request_total", grow(600), { verb: "WATCH", code: "500" }),
    ...(
        [
            [{ verb: "GET", scope: "resource" }, "1.0", 120, 90],
            [{ verb: "LIST", scope: "namespace" }, "5.0", 120, 120],
            [{ verb: "GET", scope: "resource", subresource: "log" }, "1.0", 60, 0],
            [{ verb: "POST", scope: "resource" }, "1.0", 60, 45],
            [{ verb: "GET", scope: "resource", resource: "pods" }, "1.0", 100, 100],
            [{ verb: "POST", scope: "resource", resource: "pods" }, "1.0", 100, 100],
        ] as const
    ).flatMap(([labels, le, all, inTime]) => [
        api(`${duration}_count`, grow(all), labels),
        api(`${duration}_bucket`, grow(inTime), { ...labels, le }),
    ]),
    // Of both kinds of requests about pods nine of ten within 0.4 seconds, and all within one.
    ...(["GET", "POST"] as const).flatMap((verb) => {
        const labels = { verb, scope: "resource", resource: "pods" };
        return [
            api(`${duration}_bucket`, grow(90), { ...labels, le: "0.4" }),
            api(`${duration}_bucket`, grow(100), { ...labels, le: "+Inf" }),
        ];
    }),
    // 90 of 100 within half a second, the rest within one: the 99th is nine tenths of the way from there.
    ...["scheduling_attempt_duration_seconds", "pod_scheduling_sli_duration_seconds"].flatMap((name) =>
        (
            [
                ["0.5", 90],
                ["1.0", 100],
                ["+Inf", 100],
            ] as const
        ).map(([le, count]) => scheduler(`scheduler_${name}_bucket`, grow(count), { le })),
    ),
);

const verbs = (read: number, write: number): Sample[] => [
    { labels: { verb: "read" }, value: read },
    { labels: { verb: "write" }, value: write },
];

interface Sample {
    labels: Labels;
    value: number;
}

const one = (labels: Labels, value: number): Sample[] => [{ labels, value }];
const shop = (value: number) => one({ namespace: "shop" }, value);
const workload = "namespace_workload_pod:kube_pod_owner:relabel";

/** What each recording rule makes of the input. */
const expected: Record<string, Sample[]> = {
    "count:up1": one({ job: jobs.nodeExporter }, 2),
    "count:up0": one({ job: jobs.nodeExporter }, 1),
    "instance:node_num_cpu:sum": one(nodeJob, 2),
    "instance:node_cpu_utilisation:rate5m": one(nodeJob, 0.25),
    "instance:node_load1_per_cpu:ratio": one(nodeJob, 1.5),
    "instance:node_memory_utilisation:ratio": one(nodeJob, 0.25),
    "instance:node_vmstat_pgmajfault:rate5m": one(nodeJob, 1),
    "instance_device:node_disk_io_time_seconds:rate5m": one({ ...nodeJob, ...disk }, 0.5),
    "instance_device:node_disk_io_time_weighted_seconds:rate5m": one({ ...nodeJob, ...disk }, 2),
    "instance:node_network_receive_bytes_excluding_lo:rate5m": one(nodeJob, 3),
    "instance:node_network_transmit_bytes_excluding_lo:rate5m": one(nodeJob, 3),
    "instance:node_network_receive_drop_excluding_lo:rate5m": one(nodeJob, 3),
    "instance:node_network_transmit_drop_excluding_lo:rate5m": one(nodeJob, 3),
    "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m": one(container, 0.5),
    "node_namespace_pod_container:container_memory_working_set_bytes": one(container, 500),
    "node_namespace_pod_container:container_memory_rss": one(container, 500),
    "node_namespace_pod_container:container_memory_cache": one(container, 500),
    ...Object.fromEntries(
        (["requests", "limits"] as const).flatMap((kind) =>
            (["cpu", "memory"] as const).map((resource) => [
                `cluster:namespace:pod_${resource}:active:kube_pod_container_resource_${kind}`,
                ["web-1", "web-2"].flatMap((pod) =>
                    one(
                        { job: jobs.kubeStateMetrics, namespace: "shop", pod, container: "web", resource },
                        resource === "cpu" ? 2 : 300,
                    ),
                ),
            ]),
        ),
    ),
    "node_namespace_pod:kube_pod_info:": one({ namespace: "shop", pod: "web-1", node: "a" }, 1),
    "node_quantile:kubelet_pleg_relist_duration_seconds:histogram_quantile": [0.5, 0.9, 0.99].flatMap((share) =>
        one({ job: jobs.kubelet, instance: "a", node: "a", quantile: String(share) }, 1 + share),
    ),
    "cluster:node_cpu:ratio_rate5m": one({ job: jobs.nodeExporter }, 0.25),
    ":node_memory_MemAvailable_bytes:sum": one({ job: jobs.nodeExporter }, 75),
    "namespace_job_handler_statuscode:grafana_http_request_duration_seconds_count:rate5m": one(
        { namespace, job: jobs.grafana, handler: "/", status_code: "200" },
        2,
    ),
    "namespace_cpu:kube_pod_container_resource_requests:sum": shop(4),
    "namespace_cpu:kube_pod_container_resource_limits:sum": shop(4),
    "namespace_memory:kube_pod_container_resource_requests:sum": shop(600),
    "namespace_memory:kube_pod_container_resource_limits:sum": shop(600),
    "apiserver_request:all:rate5m": verbs(4, 1),
    "apiserver_request:bad:rate5m": verbs(1, 0.25),
    ...Object.fromEntries(
        ["5m", "30m", "1h", "2h", "6h", "1d", "3d"].map((window) => [
            `apiserver_request:bad:ratio_rate${window}`,
            verbs(0.25, 0.25),
        ]),
    ),
    "apiserver_request:availability30d": verbs(0.75, 0.75),
    "cluster_quantile:apiserver_request_sli_duration_seconds:histogram_quantile": verbs(
        0.9400000000000002,
        0.9400000000000002,
    ).map(({ labels, value }) => ({ labels: { ...labels, resource: "pods", quantile: "0.99" }, value })),
    "cluster:scheduler_scheduling_attempt_duration_seconds:p99": one({ job: jobs.scheduler }, 0.9500000000000002),
    "cluster:scheduler_pod_scheduling_sli_duration_seconds:p99": one({ job: jobs.scheduler }, 0.9500000000000002),
    [workload]: [
        ...one({ namespace: "shop", pod: "web-1", workload: "web", workload_type: "Deployment" }, 1),
        ...one({ namespace: "shop", pod: "db-0", workload: "db", workload_type: "StatefulSet" }, 1),
    ],
};

/** Those of SLOs take days: see slo.test.ts. */
const families = ruleFamilies(settings, jobs).filter(({ name }) => name !== "slos");
const groups = families
    .flatMap((family) => family.groups)
    .map(({ name, rules }) => ({ name, rules: rules.filter((rule) => !isAlert(rule)) }))
    .filter(({ rules }) => rules.length > 0);
const recorded = groups.flatMap(({ rules }) => rules.flatMap((rule) => (isAlert(rule) ? [] : [rule.record])));

const text = (metric: string, labels: Labels) =>
    `${metric}{${Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(",")}}`;

function files(samples: Readonly<Record<string, Sample[]>>): Record<string, string> {
    const tests = [
        {
            interval: "1m",
            input_series: input,
            promql_expr_test: Object.entries(samples).map(([record, all]) => ({
                // Names with colons are looked up like any other.
                expr: record,
                eval_time: "30m",
                exp_samples: all.map(({ labels, value }) => ({ labels: text(record, labels), value })),
            })),
        },
    ];
    return {
        "rules.yaml": stringify(ruleFile(groups), { lineWidth: 0 }),
        "test.yaml": stringify(
            { rule_files: ["rules.yaml"], evaluation_interval: "1m", fuzzy_compare: true, tests },
            { lineWidth: 0 },
        ),
    };
}

describe("The recording rules, as promtool sees them", function () {
    this.timeout(120_000);

    it("have an expected value each", () => {
        expect(Object.keys(expected)).to.have.members(recorded);
    });

    it("record what they say", async () => {
        await check("promtool", ["test", "rules", "test.yaml"], files(expected));
    });

    it("would be noticed with another value", async () => {
        const wrong = { ...expected, "count:up0": one({ job: jobs.nodeExporter }, 7) };
        const said = await refusal(check("promtool", ["test", "rules", "test.yaml"], files(wrong)));
        expect(said).to.include("count:up0");
    });
});
