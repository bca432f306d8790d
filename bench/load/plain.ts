import * as path from "node:path";
import type {
    KubernetesObject,
    V1Container,
    V1Deployment,
    V1PodSpec,
    V1Service,
    V1StatefulSet,
} from "@kubernetes/client-node";
import { stringify } from "yaml";
import { objstorePath, objstoreYaml } from "../../components/operated/objstore";
import { prometheusPorts } from "../../components/metrics/prometheus-names";
import { caFiles } from "../../components/object-storage/bucket-access";
import { replicaLabel } from "../../config/external-labels";
import { images } from "../../config/versions";
import type { MetricsBucket } from "../../tests/live/support/buckets";
import { create, untilPods } from "./cluster";
import { unprivileged } from "./generator";
import { benchNamespace, generatorName, loadJob, loadPort } from "./names";

/** As many of each as the stack has. */
export interface Replicas {
    readonly prometheus: number;
    readonly query: number;
    readonly store: number;
}

const names = { prometheus: "plain-prometheus", query: "plain-query", store: "plain-store" } as const;
const ports = { web: prometheusPorts.web, grpc: prometheusPorts.grpc, http: prometheusPorts.http };
const folders = { config: path.dirname(objstorePath), data: "/data" } as const;
const files = { prometheus: "prometheus.yml", bucket: path.basename(objstorePath) } as const;
const replica = "replica";

/** PromQL API of the plain Thanos Query. */
export const plainQueryUrl = `http://${names.query}.${benchNamespace}.svc:${ports.http}`;

/** What one generator's targets need; all else is Prometheus's own. */
function prometheusYaml(interval: number): string {
    return stringify({
        global: { external_labels: { cluster: "plain", [replica]: "${POD_NAME}" } },
        scrape_configs: [
            {
                job_name: loadJob,
                scrape_interval: `${interval}s`,
                scrape_timeout: `${interval}s`,
                dns_sd_configs: [
                    {
                        names: [`${generatorName("plain")}.${benchNamespace}.svc.cluster.local`],
                        type: "A",
                        port: loadPort.port,
                        refresh_interval: "5s",
                    },
                ],
            },
        ],
    });
}

const grpcOf = (name: string) => `--endpoint=dns+${name}.${benchNamespace}.svc.cluster.local:${ports.grpc}`;

const mounts = [
    { name: "config", mountPath: folders.config },
    { name: "data", mountPath: folders.data },
];

function thanos(name: string, args: readonly string[], more: Partial<V1Container> = {}): V1Container {
    return { name, image: images.thanos.image, args: [...args], volumeMounts: mounts, ...more };
}

/** The arguments that a part can't do without; what they say of blocks Thanos asks for beside a sidecar. */
const containers = {
    prometheus: {
        name: "prometheus",
        image: images.prometheus.image,
        args: [
            `--config.file=${folders.config}/${files.prometheus}`,
            `--storage.tsdb.path=${folders.data}`,
            "--storage.tsdb.min-block-duration=2h",
            "--storage.tsdb.max-block-duration=2h",
        ],
        env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        volumeMounts: mounts,
        readinessProbe: { httpGet: { path: "/-/ready", port: ports.web }, periodSeconds: 2 },
    },
    sidecar: thanos("sidecar", [
        "sidecar",
        `--tsdb.path=${folders.data}`,
        `--prometheus.url=http://localhost:${ports.web}`,
    ]),
    query: thanos(
        "query",
        [
            "query",
            grpcOf(names.prometheus),
            grpcOf(names.store),
            `--query.replica-label=${replica}`,
            // Of the older data, which are the stack's.
            `--query.replica-label=${replicaLabel}`,
        ],
        { readinessProbe: { httpGet: { path: "/-/ready", port: ports.http }, periodSeconds: 2 } },
    ),
    store: thanos(
        "store",
        ["store", `--data-dir=${folders.data}`, `--objstore.config-file=${folders.config}/${files.bucket}`],
        {
            env: [
                { name: "AWS_ACCESS_KEY_ID", valueFrom: { secretKeyRef: { name: names.store, key: "access-key" } } },
                {
                    name: "AWS_SECRET_ACCESS_KEY",
                    valueFrom: { secretKeyRef: { name: names.store, key: "secret-key" } },
                },
            ],
            readinessProbe: { httpGet: { path: "/-/ready", port: ports.http }, periodSeconds: 2 },
        },
    ),
} as const satisfies Record<string, V1Container>;

function podTemplate(name: string, parts: readonly V1Container[]): { metadata: object; spec: V1PodSpec } {
    return {
        metadata: { labels: { app: name } },
        spec: {
            ...unprivileged,
            containers: [...parts],
            volumes: [
                { name: "config", configMap: { name: "plain" } },
                { name: "data", emptyDir: {} },
            ],
        },
    };
}

function statefulSet(name: string, replicas: number, parts: readonly V1Container[]): V1StatefulSet & KubernetesObject {
    return {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { namespace: benchNamespace, name },
        spec: {
            serviceName: name,
            replicas,
            podManagementPolicy: "Parallel",
            selector: { matchLabels: { app: name } },
            template: podTemplate(name, parts),
        },
    };
}

function deployment(name: string, replicas: number, parts: readonly V1Container[]): V1Deployment & KubernetesObject {
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace: benchNamespace, name },
        spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name, parts) },
    };
}

function service(name: string, headless: boolean): V1Service & KubernetesObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { namespace: benchNamespace, name },
        spec: {
            ...(headless ? { clusterIP: "None" } : {}),
            selector: { app: name },
            ports: (["http", "grpc"] as const).map((port) => ({ name: port, port: ports[port] })),
        },
    };
}

/** What the plain programs are told. */
export interface PlainOptions {
    readonly replicas: Replicas;
    /** Between two scrapes, in seconds. */
    readonly interval: number;
    /** The stack's, with keys that may read it. */
    readonly bucket: MetricsBucket;
    /** PEM of the CA of the S3 API. */
    readonly ca: string;
}

/** All objects, in the order in which they are made. */
export function plainObjects({
    replicas,
    interval,
    bucket: { keys, ...bucket },
    ca,
}: PlainOptions): KubernetesObject[] {
    const config = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace: benchNamespace, name: "plain" },
        data: {
            [files.prometheus]: prometheusYaml(interval),
            [files.bucket]: objstoreYaml({ ...bucket, caCertificate: ca }),
            ...caFiles({ caCertificate: ca }),
        },
    };
    const secret = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: benchNamespace, name: names.store },
        stringData: { "access-key": keys.accessKeyId, "secret-key": keys.secretAccessKey },
    };
    return [
        config,
        secret,
        service(names.prometheus, true),
        service(names.store, true),
        service(names.query, false),
        statefulSet(names.prometheus, replicas.prometheus, [containers.prometheus, containers.sidecar]),
        statefulSet(names.store, replicas.store, [containers.store]),
        deployment(names.query, replicas.query, [containers.query]),
    ];
}

/**
 * Deploys Prometheus with sidecars, Store and Query with what their programs choose themselves.
 * @returns names of the pods of Prometheus
 */
export async function deployPlain(options: PlainOptions): Promise<string[]> {
    await create(...plainObjects(options));
    const { prometheus, query, store } = options.replicas;
    const servers = await untilPods(benchNamespace, `app=${names.prometheus}`, prometheus);
    await untilPods(benchNamespace, `app=${names.store}`, store);
    await untilPods(benchNamespace, `app=${names.query}`, query);
    return servers;
}
