import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { JobKey } from "../../config/jobs";
import type { LokiSettings } from "../../config/schema";
import type { Images } from "../../config/versions";
import { type BucketAccess, caPath } from "../object-storage/bucket-access";
import { after } from "../platform/order";
import type { Platform } from "../platform/platform";
import type { Endpoint } from "../workload/endpoint";
import type { Workload } from "../workload/workload";
import { lokiGateway } from "./gateway";
import { dataFolder, type LokiConfigInput, type LokiStorage, renderLokiConfig } from "./loki-config";
import { lokiObjectName, type LokiTarget } from "./names";
import { lokiPorts } from "./ports";
import { configFolder, lokiProcess, type LokiProcessArgs } from "./role";

type SingleSettings = Extract<LokiSettings, { kind: "single" }>;
type ScalableSettings = Extract<LokiSettings, { kind: "simpleScalable" }>;

/** Inputs of {@link Loki}. */
export interface LokiArgs {
    platform: Platform;
    settings: LokiSettings;
    images: Pick<Images, "loki" | "lokiGateway" | "lokiGatewayExporter">;
    /** Required but with chunks on a filesystem. */
    bucket?: BucketAccess;
    /** Values of the label `job`. */
    jobs: Pick<Record<JobKey, string>, "loki" | "lokiGateway">;
}

/** Seconds that a writer gets to flush its chunks to the bucket. */
const flushSeconds = 300;

const memberlistService = "loki-memberlist";

/**
 * Log storage: one Loki process, or write, read and backend apart behind a gateway.
 *
 * With a replication factor of 1 (two writers can't do better) a writer that dies takes what it hasn't flushed along
 * until it is back. Meanwhile nothing new comes in, whosever share it is: a push with a stream of a writer that is
 * gone, or that flushes before it stops, is refused as a whole, and an agent's pushes have streams of every writer. The
 * agents retry. With three writers or more the dead one is forgotten after a minute, and the others take over; the last
 * one left never forgets anybody. Three writers and a replication factor of 3 lose neither.
 */
export class Loki extends pulumi.ComponentResource {
    /** Where agents push and Grafana asks: the gateway, or the one process. */
    public readonly endpoint: Endpoint;
    /** Ready when the pods behind {@link endpoint} are. */
    public readonly ready: pulumi.Resource;

    private readonly args: LokiArgs;
    private readonly name: string;

    constructor(name: string, args: LokiArgs, opts?: pulumi.ComponentResourceOptions) {
        super("perch:logs:Loki", name, {}, opts);
        this.name = name;
        this.args = args;
        this.validate();
        const entry = args.settings.kind === "single" ? this.single(args.settings) : this.scalable(args.settings);
        this.endpoint = entry.endpoint("http");
        this.ready = entry.controller;
        this.registerOutputs({ service: this.endpoint.service });
    }

    private validate(): void {
        const { settings, bucket } = this.args;
        const onFilesystem = settings.kind === "single" && settings.storage.kind === "filesystem";
        if (!onFilesystem && bucket === undefined) {
            throw new pulumi.ResourceError(
                `${this.name}: Loki (${settings.kind}) keeps chunks on S3 but got no bucket; ` +
                    `give \`bucket\`, or use logs.kind single with storage.kind filesystem`,
                this,
                true,
            );
        }
        if (settings.kind === "simpleScalable" && settings.replicationFactor > settings.write.replicas) {
            throw new pulumi.ResourceError(
                `${this.name}: replicationFactor ${settings.replicationFactor} needs as many writers, ` +
                    `but write.replicas is ${settings.write.replicas}`,
                this,
                true,
            );
        }
    }

    private single(settings: SingleSettings): Workload {
        return lokiProcess(
            this.name,
            {
                ...this.common(settings.storage.kind),
                target: "all",
                controller: {
                    kind: "StatefulSet",
                    replicas: 1,
                    volume: { ...settings.volume, mountPath: dataFolder },
                },
                resources: settings.resources,
                configFile: this.configFile({
                    retention: settings.retention,
                    replicationFactor: 1,
                    writerMemory: settings.resources.limits.memory ?? settings.resources.requests.memory,
                }),
                gossips: false,
                terminationGracePeriodSeconds: flushSeconds,
            },
            { parent: this },
        );
    }

    private scalable(settings: ScalableSettings): Workload {
        const memberlist = this.addMemberlist();
        const configFile = this.scalableConfig(settings);
        const { write, read, backend } = settings;
        const role = (
            target: LokiTarget,
            own: Pick<LokiProcessArgs, "controller" | "resources" | "terminationGracePeriodSeconds">,
        ) =>
            lokiProcess(
                `${this.name}-${target}`,
                { ...this.common("s3"), target, configFile, gossips: true, ...own },
                { parent: this, dependsOn: [memberlist] },
            );
        const stateful = ({ replicas, volume, resources }: ScalableSettings["write"]) => ({
            controller: { kind: "StatefulSet" as const, replicas, volume: { ...volume, mountPath: dataFolder } },
            resources,
            terminationGracePeriodSeconds: flushSeconds,
        });
        const roles = {
            write: role("write", stateful(write)),
            read: role("read", {
                controller: { kind: "Deployment", replicas: read.replicas },
                resources: read.resources,
                terminationGracePeriodSeconds: 60,
            }),
            backend: role("backend", stateful(backend)),
        };
        this.connectRoles(Object.values(roles));
        return lokiGateway(
            `${this.name}-gateway`,
            {
                platform: this.args.platform,
                images: this.args.images,
                settings: settings.gateway,
                job: this.args.jobs.lokiGateway,
                upstreams: {
                    write: roles.write.endpoint("http"),
                    read: roles.read.endpoint("http"),
                    backend: roles.backend.endpoint("http"),
                },
            },
            // nginx resolves its upstreams once, when it starts.
            { parent: this, transformations: [after(...Object.values(roles))] },
        );
    }

    private common(storage: LokiStorage["kind"]) {
        const { platform, images, jobs, bucket } = this.args;
        return { platform, image: images.loki, job: jobs.loki, bucket: storage === "s3" ? bucket : undefined };
    }

    private scalableConfig({ retention, replicationFactor, write }: ScalableSettings): pulumi.Output<string> {
        const { platform } = this.args;
        const host = (service: string) => `${service}.${platform.namespace}.svc`;
        return this.configFile({
            retention,
            replicationFactor,
            writerMemory: write.resources.limits.memory ?? write.resources.requests.memory,
            members: {
                clusterLabel: `${platform.instance}-loki`,
                join: `${host(memberlistService)}:${lokiPorts.memberlist}`,
                compactor: `${host(lokiObjectName("backend"))}:${lokiPorts.grpc}`,
            },
        });
    }

    private configFile(input: Omit<LokiConfigInput, "storage">): pulumi.Output<string> {
        const { settings, bucket } = this.args;
        if (bucket === undefined || (settings.kind === "single" && settings.storage.kind === "filesystem")) {
            return pulumi.output(renderLokiConfig({ ...input, storage: { kind: "filesystem" } }));
        }
        const { endpoint, region, insecure, pathStyle } = bucket;
        const role = bucket.auth.kind === "role";
        const caFile = caPath(bucket, configFolder);
        return pulumi.output(bucket.bucket).apply((bucketName) =>
            renderLokiConfig({
                ...input,
                storage: { kind: "s3", bucket: bucketName, endpoint, region, insecure, pathStyle, role, caFile },
            }),
        );
    }

    /** One name for all members, also those that aren't ready yet: they must find each other to become ready. */
    private addMemberlist(): pulumi.Resource {
        const { platform } = this.args;
        return new k8s.core.v1.Service(
            `${this.name}-memberlist`,
            {
                metadata: platform.metadata(memberlistService, { "app.kubernetes.io/name": "loki" }),
                spec: {
                    clusterIP: "None",
                    publishNotReadyAddresses: true,
                    selector: {
                        "app.kubernetes.io/name": "loki",
                        "app.kubernetes.io/instance": platform.instance,
                    },
                    ports: [
                        {
                            name: "memberlist",
                            port: lokiPorts.memberlist,
                            targetPort: "memberlist",
                            protocol: "TCP",
                        },
                    ],
                },
            },
            { parent: this },
        );
    }

    /** The roles are one system: they gossip, and they call whom they find in the rings. */
    private connectRoles(roles: Workload[]): void {
        const { network, namespace } = this.args.platform;
        for (const from of roles) {
            for (const to of roles) {
                network.connect(from.pods, {
                    service: memberlistService,
                    namespace,
                    portName: "memberlist",
                    port: lokiPorts.memberlist,
                    podPort: lokiPorts.memberlist,
                    pods: to.pods,
                });
                network.connect(from.pods, to.endpoint("grpc"));
            }
        }
    }
}
