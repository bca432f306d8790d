import { stringify } from "yaml";
import { hoursOf, parseBytes } from "../../config/units";
import { lokiPorts } from "./ports";

/** Where chunks and index are kept. Keys never stand here: they come by `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`. */
export type LokiStorage =
    | { kind: "filesystem" }
    | {
          kind: "s3";
          bucket: string;
          /** `host` or `host:port`. */
          endpoint: string;
          region: string;
          insecure: boolean;
          pathStyle: boolean;
          /** Credentials of the pod's ServiceAccount instead of keys. */
          role: boolean;
          /** File with the CA of the endpoint.  @default one of the public CAs */
          caFile?: string | undefined;
      };

/** What Loki's configuration follows from. */
export interface LokiConfigInput {
    storage: LokiStorage;
    /** How long a line is kept, `744h`. */
    retention: string;
    /** Writers that hold each line. */
    replicationFactor: number;
    /** Memory that a writer may count on: its limit, or what it requests. */
    writerMemory: string;
    /** What the processes of a divided Loki find each other by.  @default one process, with nobody to find */
    members?: {
        /** Unique among all gossip clusters whose pods may ever share addresses. */
        clusterLabel: string;
        /** `host:port` of a name that resolves to every member. */
        join: string;
        /** `host:port` of the Compactor's gRPC API. */
        compactor: string;
    };
}

/** Longest that a query may run; the timeouts of Loki's server and of its gateway follow. Seconds. */
export const queryTimeoutSeconds = 300;

/** How long a connection may stay silent: longer than any query, or the query's own error would never be seen. */
export const connectionTimeoutSeconds = queryTimeoutSeconds + 10;

/** Where Loki keeps what must survive a restart. */
export const dataFolder = "/var/loki";

/** One gRPC message may hold a whole query's result. */
const grpcMessageBytes = 100 * 2 ** 20;

/**
 * Loki's configuration, valid for 3.7 and 4.0. Only what differs from Loki's defaults or is relied on elsewhere stands
 * here; folders follow from `path_prefix`.
 */
export function lokiConfig(input: LokiConfigInput) {
    const store = input.storage.kind;
    return {
        auth_enabled: false,
        server: {
            http_listen_port: lokiPorts.http,
            grpc_listen_port: lokiPorts.grpc,
            http_server_read_timeout: `${connectionTimeoutSeconds}s`,
            http_server_write_timeout: `${connectionTimeoutSeconds}s`,
            grpc_server_max_recv_msg_size: grpcMessageBytes,
            grpc_server_max_send_msg_size: grpcMessageBytes,
        },
        common: {
            path_prefix: dataFolder,
            replication_factor: input.replicationFactor,
            ring: {
                kvstore: { store: input.members === undefined ? "inmemory" : "memberlist" },
                // A member that is silent for this long counts as unhealthy, and a writer is then forgotten.
                heartbeat_period: "15s",
                heartbeat_timeout: "1m",
            },
            ...(input.members === undefined ? {} : { compactor_grpc_address: input.members.compactor }),
        },
        ...(input.members === undefined ? {} : membership(input.members)),
        schema_config: {
            configs: [
                {
                    // Any day before the first line; it can never change, or older data can't be read.
                    from: "2024-04-01",
                    store: "tsdb",
                    object_store: store,
                    schema: "v13",
                    index: { prefix: "loki_index_", period: "24h" },
                },
            ],
        },
        storage_config: {
            // The default of 4.0; said here, so that 3.7 reads the same keys.
            use_thanos_objstore: true,
            object_store: objectStore(input.storage),
        },
        ingester: ingester(input),
        limits_config: limits(input.retention),
        compactor: {
            retention_enabled: true,
            delete_request_store: store,
            // On the bucket, for the Compactor may wake up on another replica, with another volume.
            ...(store === "s3" ? { deletion_marker_object_store_prefix: "markers/" } : {}),
        },
        query_range: { align_queries_with_step: true, cache_results: true },
        frontend: { compress_responses: true, log_queries_longer_than: "5s", max_outstanding_per_tenant: 4096 },
        analytics: { reporting_enabled: false },
    };
}

export type LokiConfig = ReturnType<typeof lokiConfig>;

/** The configuration as the file that Loki reads. */
export function renderLokiConfig(input: LokiConfigInput): string {
    return stringify(lokiConfig(input), { lineWidth: 0 });
}

function membership(members: NonNullable<LokiConfigInput["members"]>) {
    return {
        memberlist: {
            // Pod addresses are reused: without a label, two stacks' rings have been seen to merge.
            cluster_label: members.clusterLabel,
            bind_port: lokiPorts.memberlist,
            join_members: [members.join],
            abort_if_cluster_join_fails: false,
            rejoin_interval: "90s",
        },
        // The backends hold the index together; without it the readers would each fetch the whole index.
        index_gateway: { mode: "ring" },
    };
}

function objectStore(storage: LokiStorage) {
    if (storage.kind === "filesystem") {
        return { filesystem: { dir: `${dataFolder}/chunks` } };
    }
    return {
        s3: {
            endpoint: storage.endpoint,
            region: storage.region,
            bucket_name: storage.bucket,
            insecure: storage.insecure,
            // As Thanos does by default: not every S3 API knows the newer checksums that parts of large objects get otherwise.
            send_content_md5: true,
            bucket_lookup_type: storage.pathStyle ? "path" : "auto",
            // Without keys the client takes them from the AWS environment variables; a role needs the AWS SDK's chain.
            ...(storage.role ? { native_aws_auth_enabled: true } : {}),
            ...(storage.caFile === undefined ? {} : { http: { tls_ca_path: storage.caFile } }),
        },
    };
}

function ingester({ writerMemory, members }: LokiConfigInput) {
    return {
        chunk_encoding: "snappy",
        chunk_idle_period: "30m",
        max_chunk_age: "2h",
        chunk_target_size: 1_572_864,
        // A dead writer leaves the ring by itself: with one copy of each line, all pushes with a stream of that writer
        // are refused until then. Loki does so only while two are left: the last one takes the silence of all others for
        // its own isolation, and, alone from the start, would say so in its log every few seconds.
        autoforget_unhealthy: members !== undefined,
        lifecycler: { tokens_file_path: `${dataFolder}/ring-tokens` },
        wal: {
            flush_on_shutdown: true,
            // Loki's default of 4 GB kills a smaller pod in the middle of its replay, again and again.
            replay_memory_ceiling: `${Math.floor((parseBytes(writerMemory) * 0.5) / 2 ** 20)}MB`,
        },
    };
}

function limits(retention: string) {
    const oldestHours = Math.min(168, Math.floor(hoursOf(retention)));
    return {
        retention_period: retention,
        // With retention on, Loki would delete lines for whoever reaches it: it asks nobody who they are.
        deletion_mode: "disabled",
        allow_structured_metadata: true,
        volume_enabled: true,
        // Loki would add a label "service_name" of its own, made of the others: streams have those that Alloy gives them.
        discover_service_name: [],
        reject_old_samples: true,
        reject_old_samples_max_age: `${oldestHours}h`,
        ingestion_rate_strategy: "global",
        ingestion_rate_mb: 15,
        ingestion_burst_size_mb: 20,
        per_stream_rate_limit: "5MB",
        per_stream_rate_limit_burst: "15MB",
        max_global_streams_per_user: 10_000,
        max_line_size: "256KB",
        max_line_size_truncate: true,
        query_timeout: `${queryTimeoutSeconds}s`,
        shard_streams: { enabled: true, desired_rate: "3MB" },
    };
}

/** Soft memory limit of the Go runtime, in MiB, below the container's hard one: it collects instead of being killed. */
export function goMemoryLimit(memoryLimit: string): string {
    return `${Math.floor((parseBytes(memoryLimit) * 0.85) / 2 ** 20)}MiB`;
}
