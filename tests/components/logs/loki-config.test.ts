import { expect } from "chai";
import { parse } from "yaml";
import {
    goMemoryLimit,
    lokiConfig,
    type LokiConfigInput,
    renderLokiConfig,
} from "../../../components/logs/loki-config";

const scalable: LokiConfigInput = {
    storage: {
        kind: "s3",
        bucket: "logs-test",
        endpoint: "fsn1.your-objectstorage.com",
        region: "fsn1",
        insecure: false,
        pathStyle: true,
        role: false,
    },
    retention: "744h",
    replicationFactor: 1,
    writerMemory: "256Mi",
    members: {
        clusterLabel: "perch-test-loki",
        join: "loki-memberlist.monitoring.svc:7946",
        compactor: "loki-backend.monitoring.svc:9095",
    },
};
const single: LokiConfigInput = {
    storage: { kind: "filesystem" },
    retention: "168h",
    replicationFactor: 1,
    writerMemory: "2Gi",
};

/** All keys of an object, however deep. */
function keysOf(value: unknown): string[] {
    return value !== null && typeof value === "object"
        ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
        : [];
}

describe("Loki's configuration", () => {
    it("K-66: deletes after 744h: retention is on, with a store for delete requests", () => {
        const config = lokiConfig(scalable);
        expect(config.limits_config.retention_period).to.equal("744h");
        expect(config.compactor).to.deep.equal({
            retention_enabled: true,
            delete_request_store: "s3",
            deletion_marker_object_store_prefix: "markers/",
        });
        expect(config.schema_config.configs[0]?.index.period).to.equal("24h");
    });

    it("deletes by age alone: nobody who reaches it can have lines deleted", () => {
        for (const input of [scalable, single]) {
            expect(lokiConfig(input).limits_config.deletion_mode).to.equal("disabled");
        }
    });

    it("K-55 K-65: keeps chunks and index on S3", () => {
        const config = lokiConfig(scalable);
        expect(config.storage_config).to.deep.equal({
            use_thanos_objstore: true,
            object_store: {
                s3: {
                    endpoint: "fsn1.your-objectstorage.com",
                    region: "fsn1",
                    bucket_name: "logs-test",
                    insecure: false,
                    send_content_md5: true,
                    bucket_lookup_type: "path",
                },
            },
        });
        expect(config.schema_config.configs.map(({ store, object_store, schema }) => [store, object_store, schema]))
            .to //
            .deep.equal([["tsdb", "s3", "v13"]]);
    });

    it("takes the ServiceAccount's role where there are no keys", () => {
        const config = lokiConfig({ ...scalable, storage: { ...scalable.storage, role: true } as never });
        expect(config.storage_config.object_store).to.have.nested.property("s3.native_aws_auth_enabled", true);
    });

    it("keeps chunks on the volume with a filesystem", () => {
        const config = lokiConfig(single);
        expect(config.storage_config.object_store).to.deep.equal({ filesystem: { dir: "/var/loki/chunks" } });
        expect(config.compactor).to.deep.equal({ retention_enabled: true, delete_request_store: "filesystem" });
    });

    it("K-140: forgets a dead writer by itself, with an explicit replication factor of 1", () => {
        const config = lokiConfig(scalable);
        expect(config.common.replication_factor).to.equal(1);
        expect(config.ingester.autoforget_unhealthy).to.equal(true);
        expect(config.common.ring.heartbeat_timeout).to.equal("1m");
    });

    it("K-63: lets the roles find each other under a label of their own", () => {
        const config = lokiConfig(scalable);
        expect(config.common.ring.kvstore).to.deep.equal({ store: "memberlist" });
        expect(config).to.have.nested.property("memberlist.cluster_label", "perch-test-loki");
        expect(config)
            .to.have.nested.property("memberlist.join_members")
            .that.deep.equals(["loki-memberlist.monitoring.svc:7946"]);
    });

    it("has nobody to find as one process", () => {
        const config = lokiConfig(single);
        expect(config.common.ring.kvstore).to.deep.equal({ store: "inmemory" });
        expect(config).not.to.have.any.keys("memberlist", "index_gateway");
        expect(config.ingester.autoforget_unhealthy).to.equal(false);
    });

    it("replays its write-ahead log in half of the writer's memory", () => {
        expect(lokiConfig(scalable).ingester.wal.replay_memory_ceiling).to.equal("128MB");
        expect(lokiConfig(single).ingester.wal.replay_memory_ceiling).to.equal("1024MB");
        expect(goMemoryLimit("2Gi")).to.equal("1740MiB");
    });

    it("ends a query before the connection that carries it", () => {
        const seconds = (text: string) => Number(text.replace("s", ""));
        const { server, limits_config } = lokiConfig(scalable);
        expect(seconds(server.http_server_write_timeout)).to.be.greaterThan(seconds(limits_config.query_timeout));
        expect(seconds(server.http_server_read_timeout)).to.be.greaterThan(seconds(limits_config.query_timeout));
    });

    it("takes no line that is older than the retention", () => {
        expect(lokiConfig({ ...single, retention: "48h" }).limits_config.reject_old_samples_max_age).to.equal("48h");
        expect(lokiConfig({ ...single, retention: "31d" }).limits_config.reject_old_samples_max_age).to.equal("168h");
    });

    it("K-71: adds no label to those that Alloy gives", () => {
        expect(lokiConfig(single).limits_config.discover_service_name).to.deep.equal([]);
        expect(renderLokiConfig(scalable)).to.contain("discover_service_name: []\n");
    });

    it("has no key that Loki 4.0 refuses", () => {
        const removed = [
            "unordered_writes",
            "per_tenant_override_config",
            "boltdb_shipper",
            "index_queries_cache_config",
            "table_manager",
            "row_shards",
            "allow_deletes",
            "ruler_enable_wal_replay",
            "client",
            "aws",
        ];
        expect([scalable, single].flatMap((input) => keysOf(lokiConfig(input)))).not.to.include.any.members(removed);
    });

    it("reports nothing to its makers and holds no credentials", () => {
        expect(lokiConfig(single).analytics).to.deep.equal({ reporting_enabled: false });
        expect(keysOf(lokiConfig(scalable))).not.to.include.any.members(["access_key_id", "secret_access_key"]);
    });

    it("is written as YAML that reads back the same", () => {
        expect(parse(renderLokiConfig(scalable))).to.deep.equal(lokiConfig(scalable));
    });
});
