import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { Loki, lokiServiceAccounts } from "../../../components/logs";
import type { BucketAccess } from "../../../components/object-storage/bucket-access";
import type { AreaInput, LokiSettings } from "../../../config/schema";
import { images } from "../../../config/versions";
import { caCertificate } from "../../support/certificates";
import { CANARY, kubeObject, kubeObjects, leaks, type Seen } from "../../support/mocks";
import { bucketWithKeys, type ControllerSpec, deployOnPlatform, edgeLines, settingsWith } from "../../support/platform";

const jobs = { loki: "loki", lokiGateway: "loki-gateway" };

const scalable: NonNullable<AreaInput["logs"]> = {
    kind: "simpleScalable",
    write: { volume: { size: "5Gi", storageClass: "longhorn" } },
    backend: { volume: { size: "5Gi", storageClass: "longhorn" } },
};

function deployLoki(logs: NonNullable<AreaInput["logs"]>, bucket = bucketWithKeys) {
    const settings = settingsWith({ logs });
    return deployOnPlatform(
        settings,
        (platform, opts) =>
            new Loki(
                "loki",
                {
                    platform,
                    settings: settings.logs as LokiSettings,
                    images,
                    bucket,
                    jobs,
                },
                opts,
            ),
    );
}

const specOf = (resources: Seen[], kind: string, name: string) =>
    kubeObject(resources, kind, name).spec as ControllerSpec;
const configOf = (resources: Seen[], name: string) =>
    (kubeObject(resources, "ConfigMap", name).data as Record<string, string>)["config.yaml"];
const names = (resources: Seen[]) => kubeObjects(resources).map((o) => `${o.kind} ${o.metadata.name}`);

describe("Loki, divided into roles", () => {
    let resources: Seen[];
    let made: Awaited<ReturnType<typeof deployLoki>>["made"];
    before(async () => {
        ({ resources, made } = await deployLoki(scalable));
    });

    it("K-52: makes write, read and backend with a gateway, and nothing else", () => {
        const role = (kind: string, name: string) => [
            `ServiceAccount ${name}`,
            `ConfigMap ${name}-config`,
            `${kind} ${name}`,
            `Service ${name}`,
            ...(kind === "StatefulSet" ? [`Service ${name}-headless`] : []),
            `PodDisruptionBudget ${name}`,
            `ServiceMonitor ${name}`,
        ];
        expect(names(resources)).to.have.members([
            "Namespace monitoring",
            "PriorityClass perch-test",
            "Service loki-memberlist",
            ...role("StatefulSet", "loki-write"),
            ...role("Deployment", "loki-read"),
            ...role("StatefulSet", "loki-backend"),
            ...role("Deployment", "loki-gateway"),
        ]);
    });

    for (const [rows, kind, role] of [
        ["K-57 K-120 K-131", "StatefulSet", "write"],
        ["K-58 K-121 K-132", "Deployment", "read"],
        ["K-59 K-122 K-133", "StatefulSet", "backend"],
    ] as const) {
        it(`${rows}: ${role} is a ${kind} of two, 100m and 256Mi each`, () => {
            const { replicas, template } = specOf(resources, kind, `loki-${role}`);
            expect(replicas).to.equal(2);
            expect(template.spec.containers[0]?.resources).to.deep.equal({
                requests: { cpu: "100m", memory: "256Mi" },
            });
            expect(template.spec.containers[0]?.args).to.include(`-target=${role}`);
        });
    }

    it("K-65 K-100: keeps 20Gi on Longhorn, five for each writer and backend", () => {
        for (const role of ["write", "backend"]) {
            const [claim] = specOf(resources, "StatefulSet", `loki-${role}`).volumeClaimTemplates ?? [];
            expect(claim?.spec.resources.requests.storage).to.equal("5Gi");
            expect(claim?.spec.storageClassName).to.equal("longhorn");
        }
        expect(made.platform.capacity.totals().volumeGi).to.equal(20);
    });

    it("K-60: offers the gateway as its one address", () => {
        expect(made.component.endpoint).to.deep.include({ service: "loki-gateway", port: 80, podPort: 8080 });
    });

    it("K-61 K-62 K-63 K-64: notes an edge for each connection, and no other", () => {
        const roles = ["write", "read", "backend"];
        const mesh = roles.flatMap((from) =>
            roles.flatMap((to) => [7946, 9095].map((port) => `loki-${from} -> loki-${to}:${port}`)),
        );
        expect(edgeLines(made.platform)).to.have.members([
            ...mesh,
            ...roles.map((role) => `loki-${role} -> objectStorage:443`),
            ...roles.map((role) => `loki-gateway -> loki-${role}:3100`),
        ]);
    });

    it("K-63: finds its members by a headless Service, ready or not", () => {
        expect(kubeObject(resources, "Service", "loki-memberlist").spec).to.deep.equal({
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: { "app.kubernetes.io/name": "loki", "app.kubernetes.io/instance": "perch-test" },
            ports: [{ name: "memberlist", port: 7946, targetPort: "memberlist", protocol: "TCP" }],
        });
        const gateway = specOf(resources, "Deployment", "loki-gateway").template.metadata.labels;
        expect(gateway["app.kubernetes.io/name"]).not.to.equal("loki");
    });

    it("K-66 K-140: runs every role with the same configuration", () => {
        const texts = ["write", "read", "backend"].map((role) => configOf(resources, `loki-${role}-config`));
        expect(new Set(texts).size).to.equal(1);
        expect(texts[0]).to.contain("retention_period: 744h");
        expect(texts[0]).to.contain("replication_factor: 1\n");
        expect(texts[0]).to.contain("cluster_label: perch-test-loki");
    });

    it("K-153: is ready by /ready, and stays alive while others are missing", () => {
        const [container] = specOf(resources, "StatefulSet", "loki-write").template.spec.containers;
        expect(container?.readinessProbe.httpGet.path).to.equal("/ready");
        expect(container?.livenessProbe.httpGet.path).to.equal("/loki/api/v1/status/buildinfo");
        expect(container?.startupProbe).to.deep.include({ failureThreshold: 90 });
    });

    it("K-159: is scraped in every role under one job name, and so is the gateway under its own", () => {
        const scrapes = kubeObjects(resources)
            .filter((o) => o.kind === "ServiceMonitor")
            .map(({ metadata, spec }) => {
                const { endpoints } = spec as { endpoints: { port: string; relabelings: { replacement: string }[] }[] };
                return [
                    metadata.name,
                    ...endpoints.map(({ port, relabelings }) => [port, relabelings[0]?.replacement]),
                ];
            });
        expect(scrapes).to.have.deep.members([
            ["loki-write", ["http", "loki"]],
            ["loki-read", ["http", "loki"]],
            ["loki-backend", ["http", "loki"]],
            ["loki-gateway", ["metrics", "loki-gateway"]],
        ]);
    });

    it("K-159: has an exporter beside the gateway's nginx, which reads it inside the pod", () => {
        const { containers } = specOf(resources, "Deployment", "loki-gateway").template.spec;
        expect(containers.map(({ name }) => name)).to.deep.equal(["nginx", "exporter"]);
        expect(containers[1]).to.deep.include({
            image: "docker.io/nginx/nginx-prometheus-exporter:1.5.1",
            args: ["--nginx.scrape-uri=http://127.0.0.1:8081/stub_status", "--log.format=json"],
            ports: [{ name: "metrics", containerPort: 9113, protocol: "TCP" }],
            resources: { requests: { cpu: "5m", memory: "24Mi" } },
        });
        const { ports } = kubeObject(resources, "Service", "loki-gateway").spec as { ports: object[] };
        expect(ports).to.deep.equal([
            { name: "http", port: 80, targetPort: "http", protocol: "TCP" },
            { name: "metrics", port: 9113, targetPort: "metrics", protocol: "TCP" },
        ]);
    });

    it("counts the exporters among what the stack requests", () => {
        expect(made.platform.capacity.list()).to.deep.include({
            workload: "loki-gateway/exporter",
            replicas: 2,
            requests: { cpu: "5m", memory: "24Mi" },
        });
    });

    it("gives a writer 300 s to flush", () => {
        expect(specOf(resources, "StatefulSet", "loki-write").template.spec.terminationGracePeriodSeconds).to.equal(
            300,
        );
    });

    it("takes its keys by reference, never in a file", () => {
        const env = specOf(resources, "StatefulSet", "loki-write").template.spec.containers[0]?.env;
        expect(env).to.deep.equal([
            {
                name: "AWS_ACCESS_KEY_ID",
                valueFrom: { secretKeyRef: { name: "loki-bucket", key: "access-key" } },
            },
            {
                name: "AWS_SECRET_ACCESS_KEY",
                valueFrom: { secretKeyRef: { name: "loki-bucket", key: "secret-key" } },
            },
        ]);
    });

    it("leaks no key, and rolls when a key changes", async () => {
        const content = pulumi.secret<Record<string, string>>({ "access-key": "AKIA", "secret-key": CANARY });
        const withContent: BucketAccess = {
            ...bucketWithKeys,
            auth: { kind: "keys", secret: { name: "loki-bucket", content } },
        };
        const { resources: single } = await deployLoki({ kind: "single" }, withContent);
        expect(single.flatMap((r) => leaks(r.inputs, CANARY, r.name))).to.deep.equal([]);
        const { annotations } = specOf(single, "StatefulSet", "loki").template.metadata;
        expect(annotations).to.have.property("perch.dev/secret-hash");
    });

    it("trusts the endpoint's own CA by a file, whose change rolls every role", async () => {
        const roles = [
            ["StatefulSet", "loki-write"],
            ["Deployment", "loki-read"],
            ["StatefulSet", "loki-backend"],
        ] as const;
        const { resources: own } = await deployLoki(scalable, { ...bucketWithKeys, caCertificate });
        for (const [, name] of roles) {
            const { data } = kubeObject(own, "ConfigMap", `${name}-config`) as unknown as { data: object };
            expect(data).to.have.all.keys("config.yaml", "s3-ca.crt").and.include({ "s3-ca.crt": caCertificate });
            expect(configOf(own, `${name}-config`)).to.include("tls_ca_path: /etc/loki/config/s3-ca.crt");
        }
        const hashes = (seen: Seen[]) =>
            roles.map(
                ([kind, name]) => specOf(seen, kind, name).template.metadata.annotations["perch.dev/config-hash"],
            );
        const other = await deployLoki(scalable, { ...bucketWithKeys, caCertificate: `# new\n${caCertificate}` });
        expect(hashes(other.resources).filter((hash, index) => hash === hashes(own)[index])).to.deep.equal([]);
        expect(configOf(resources, "loki-write-config")).to.not.include("tls_ca_path");
    });

    describe("with an IAM role and replicas of its own for each role", () => {
        const settings = { kind: "simpleScalable", write: { replicas: 4 }, read: { replicas: 3 } } as const;
        const auth = { kind: "role", arn: "arn:aws:iam::123456789012:role/loki" } as const;
        let own: Seen[];
        before(async () => {
            ({ resources: own } = await deployLoki(settings, { ...bucketWithKeys, auth }));
        });

        it("K-54: scales each role by itself", () => {
            expect(specOf(own, "StatefulSet", "loki-write").replicas).to.equal(4);
            expect(specOf(own, "Deployment", "loki-read").replicas).to.equal(3);
            expect(specOf(own, "StatefulSet", "loki-backend").replicas).to.equal(2);
        });

        it("uses the role by its ServiceAccounts, without any key", () => {
            for (const name of lokiServiceAccounts(settingsWith({ logs: settings }).logs as LokiSettings)) {
                expect(kubeObject(own, "ServiceAccount", name).metadata.annotations).to.deep.equal({
                    "eks.amazonaws.com/role-arn": auth.arn,
                });
            }
            expect(configOf(own, "loki-read-config")).to.contain("native_aws_auth_enabled: true");
            expect(specOf(own, "Deployment", "loki-read").template.spec.containers[0]?.env).to.deep.equal([]);
        });
    });

    it("refuses more copies than writers, and a missing bucket, before it makes anything", async () => {
        const refused = async (make: () => Promise<unknown>) =>
            make().then(
                () => "",
                (error: unknown) => (error as Error).message,
            );
        expect(await refused(() => deployLoki({ kind: "simpleScalable", replicationFactor: 3 }))).to.equal(
            "loki: replicationFactor 3 needs as many writers, but write.replicas is 2",
        );
        const withoutBucket = () =>
            deployOnPlatform(
                settingsWith(),
                (platform, opts) =>
                    new Loki("loki", { platform, settings: settingsWith().logs as LokiSettings, images, jobs }, opts),
            );
        expect(await refused(withoutBucket)).to.contain("got no bucket");
    });
});

describe("Loki as one process", () => {
    let resources: Seen[];
    let made: Awaited<ReturnType<typeof deployLoki>>["made"];
    before(async () => {
        ({ resources, made } = await deployLoki({
            kind: "single",
            storage: { kind: "filesystem" },
            retention: "168h",
        }));
    });

    it("makes exactly one StatefulSet and what belongs to it", () => {
        expect(names(resources)).to.have.members([
            "Namespace monitoring",
            "PriorityClass perch-test",
            "ServiceAccount loki",
            "ConfigMap loki-config",
            "StatefulSet loki",
            "Service loki",
            "Service loki-headless",
            "ServiceMonitor loki",
        ]);
        expect(specOf(resources, "StatefulSet", "loki")).to.deep.include({ replicas: 1, serviceName: "loki-headless" });
    });

    it("is its own address and needs nobody with a filesystem", () => {
        expect(made.component.endpoint).to.deep.include({ service: "loki", port: 3100, podPort: 3100 });
        expect(edgeLines(made.platform)).to.deep.equal([]);
    });

    it("ignores a bucket with a filesystem", () => {
        expect(configOf(resources, "loki-config")).to.contain("filesystem");
        expect(specOf(resources, "StatefulSet", "loki").template.spec.containers[0]?.env).to.deep.equal([
            { name: "GOMEMLIMIT", value: "1740MiB" },
        ]);
    });

    it("reaches the bucket with S3", async () => {
        const onS3 = await deployLoki({ kind: "single" });
        expect(edgeLines(onS3.made.platform)).to.deep.equal(["loki -> objectStorage:443"]);
        expect(configOf(onS3.resources, "loki-config")).to.contain("bucket_name: logs-test");
    });
});
