import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { objstoreYaml } from "../../../components/operated/objstore";
import {
    bucketCacheYaml,
    cacheSizes,
    endpointsYaml,
    indexCacheYaml,
    retentionFlags,
    rulerQueryYaml,
} from "../../../components/long-term/thanos-config";
import { accountAnnotations, credentialsEnv } from "../../../components/object-storage/bucket-access";
import { blockTimes } from "../../../config/blocks";
import { caCertificate } from "../../support/certificates";
import { keyAccess, otherEndpoint, roleAccess } from "../metrics/fixture";

describe("objstoreYaml", () => {
    it("K-94: describes an S3-compatible bucket and holds no key", () => {
        expect(parse(objstoreYaml({ ...keyAccess, bucket: "metrics-thanos-kup6s" }))).to.deep.equal({
            type: "S3",
            config: {
                bucket: "metrics-thanos-kup6s",
                endpoint: "fsn1.your-objectstorage.com",
                region: "fsn1",
                aws_sdk_auth: true,
                insecure: false,
                bucket_lookup_type: "path",
            },
        });
    });

    it("addresses a bucket of AWS by host name, but not one whose name no certificate covers", () => {
        const lookup = (bucket: string) =>
            (parse(objstoreYaml({ ...roleAccess, bucket })) as { config: Record<string, unknown> }).config
                .bucket_lookup_type;
        expect(lookup("metrics")).to.equal("virtual-hosted");
        expect(lookup("metrics.example.com")).to.equal("path");
    });

    it("names the file with the endpoint's own CA, and no other setting of the client", () => {
        const { config } = parse(objstoreYaml({ ...keyAccess, bucket: "b", caCertificate })) as {
            config: Record<string, unknown>;
        };
        expect(config.http_config).to.deep.equal({ tls_config: { ca_file: "/etc/thanos/objstore/s3-ca.crt" } });
    });

    it("takes keys by reference, and none for a role", () => {
        expect(credentialsEnv(keyAccess).map((env) => env.name)).to.deep.equal([
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
        ]);
        expect(credentialsEnv(keyAccess).every((env) => !("value" in env))).to.be.true;
        expect(accountAnnotations(keyAccess)).to.equal(undefined);
        expect(credentialsEnv(roleAccess)).to.deep.equal([]);
        expect(accountAnnotations(roleAccess)).to.have.all.keys("eks.amazonaws.com/role-arn");
    });
});

describe("endpointsYaml", () => {
    it("K-38 K-39 K-41: finds sidecars and store gateways by SRV records", () => {
        const text = endpointsYaml([
            otherEndpoint("thanos-sidecar", "grpc", 10901),
            otherEndpoint("thanos-store", "grpc", 10901),
        ]);
        expect(parse(text)).to.deep.equal({
            endpoints: [
                { address: "dnssrv+_grpc._tcp.thanos-sidecar.monitoring.svc" },
                { address: "dnssrv+_grpc._tcp.thanos-store.monitoring.svc" },
            ],
        });
    });
});

describe("rulerQueryYaml", () => {
    it("has Thanos look its Query up, so that an alert can tell when that fails", () => {
        expect(parse(rulerQueryYaml(otherEndpoint("thanos-query", "http", 10902)))).to.deep.equal([
            { scheme: "http", static_configs: ["dns+thanos-query.monitoring.svc:10902"] },
        ]);
    });
});

describe("cacheSizes", () => {
    it("leaves a gateway 40 % of its memory for answers, however much it has", () => {
        fc.assert(
            fc.property(fc.integer({ min: 256, max: 262_144 }), (mebibytes) => {
                const { index, chunkPool, bucket } = cacheSizes(`${mebibytes}Mi`);
                return index + chunkPool + bucket <= mebibytes * 0.6 && Math.min(index, chunkPool, bucket) > 0;
            }),
        );
    });

    it("never admits an item that is larger than its cache, which Thanos refuses", () => {
        for (const memory of ["64Mi", "1Gi", "64Gi"]) {
            for (const text of [indexCacheYaml(memory), bucketCacheYaml(memory, blockTimes({ blockLength: "2h" }))]) {
                const { config } = parse(text) as { config: Record<string, string> };
                expect(parseInt(config.max_item_size ?? ""), memory).to.be.at.most(parseInt(config.max_size ?? ""));
            }
        }
    });
});

describe("bucketCacheYaml", () => {
    const kept = (blockLength: string) => {
        const { blocks_iter_ttl: listing, metafile_doesnt_exist_ttl: absence } = parse(
            bucketCacheYaml("1Gi", blockTimes({ blockLength })),
        ) as Record<string, string>;
        return [listing, absence];
    };

    it("keeps the list of blocks as long as Thanos itself does, where blocks are of the usual length", () => {
        expect(kept("2h")).to.deep.equal(["5m", "15m"]);
    });

    it("lets a store gateway see a new block when it looks for one, however short blocks are", () => {
        expect(kept("2m")).to.deep.equal(["5s", "15s"]);
        expect(blockTimes({ blockLength: "2m" }).storeSync).to.equal("15s");
    });
});

describe("retentionFlags", () => {
    it("K-46 K-47: limits each resolution", () => {
        expect(retentionFlags({ retention: { raw: "90d", fiveMinutes: "365d", oneHour: "730d" } })).to.deep.equal([
            "--retention.resolution-raw=90d",
            "--retention.resolution-5m=365d",
            "--retention.resolution-1h=730d",
        ]);
    });

    it("V-03: says never in Thanos's words", () => {
        const flags = retentionFlags({ retention: { raw: "90d", fiveMinutes: "unlimited", oneHour: "unlimited" } });
        expect(flags.slice(1)).to.deep.equal(["--retention.resolution-5m=0d", "--retention.resolution-1h=0d"]);
    });
});
