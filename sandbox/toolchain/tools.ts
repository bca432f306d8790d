import {
    archive,
    github,
    goReleaserFamily,
    grafanaFamily,
    prometheusFamily,
    type Release,
    victoriaMetricsRelease,
} from "./releases";
import { adapterModule, earlierOperatorModule, versions, type SourceName } from "./sources";

/** A program, and the places from which it can be had. */
export type Tool = BuiltTool | PackagedTool;

interface ToolBase {
    /** Arguments that make it print its version and end; or, of a Go program that has none, the module of its own. */
    readonly versionArgs: VersionSource;
}

/** How to learn a program's version: arguments, or the module whose version Go writes into every program. */
export type VersionSource = readonly string[] | { readonly module: string };

/** A program that is pinned to one version: downloaded, or built by Go. */
export interface BuiltTool extends ToolBase {
    readonly version: string;
    /** The official build, for machines that reach it; absent where the project publishes none for a plain Linux. */
    readonly release?: Release;
    readonly build: GoBuild;
}

/** A program of a Debian package: every distribution has one version of it, which isn't ours to choose. */
export interface PackagedTool extends ToolBase {
    /** The oldest that will do. */
    readonly version: string;
    readonly debian: DebianProgram;
}

export interface GoBuild {
    readonly source: SourceName;
    /** Import path, or a path that starts with `./` within the source's module. */
    readonly package: string;
    /** How long it takes on two cores after those above it in the table that have the same source; measured. */
    readonly seconds: number;
}

export interface DebianProgram {
    readonly package: string;
    /** Path of the program in the package. */
    readonly program: string;
    /**
     * It starts itself anew with an environment of its own making, so that nothing can tell it where libraries are.
     * @default false
     */
    readonly startsItself?: boolean;
}

function kubernetesTool(name: string, seconds: number, versionArgs: readonly string[] = ["--version"]): BuiltTool {
    const url = `https://dl.k8s.io/release/v${versions.kubernetes}/bin/{os}/{arch}/${name}`;
    return {
        version: versions.kubernetes,
        versionArgs,
        release: { url, checksums: `${url}.sha256` },
        build: { source: "platform", package: `k8s.io/kubernetes/cmd/${name}`, seconds },
    };
}

function operatorTool(command: string, seconds: number): BuiltTool {
    return {
        version: versions.prometheusOperator,
        versionArgs: ["--version"],
        build: {
            source: "platform",
            package: `github.com/prometheus-operator/prometheus-operator/cmd/${command}`,
            seconds,
        },
    };
}

const pulumiRelease = github("pulumi/pulumi", `v${versions.pulumi}`);
const etcdRelease = github("etcd-io/etcd", `v${versions.etcd}`);
const etcdFolder = `etcd-v${versions.etcd}-{os}-{arch}`;

function containerdTool(name: string, seconds: number): BuiltTool {
    const { containerd: version } = versions;
    const base = github("containerd/containerd", `v${version}`);
    return {
        version,
        versionArgs: ["-v"],
        release: archive(base, `containerd-static-${version}-{os}-{arch}.tar.gz`, ".sha256sum", `bin/${name}`),
        build: { source: "containerd", package: `./cmd/${name}`, seconds },
    };
}

function cniPlugin(kind: "main" | "ipam" | "meta", name: string, seconds: number): BuiltTool {
    const { cniPlugins: version } = versions;
    const base = github("containernetworking/plugins", `v${version}`);
    return {
        version,
        // A plugin that isn't told what to do says what it is.
        versionArgs: [],
        release: archive(base, `cni-plugins-{os}-{arch}-v${version}.tgz`, ".sha256", `./${name}`),
        build: { source: "cni", package: `./plugins/${kind}/${name}`, seconds },
    };
}

/** In the order in which a first run needs them. */
const builtTools = {
    pulumi: {
        version: versions.pulumi,
        versionArgs: ["version"],
        release: {
            url: `${pulumiRelease}/pulumi-v${versions.pulumi}-{os}-{arch}.tar.gz`,
            checksums: `${pulumiRelease}/pulumi-${versions.pulumi}-checksums.txt`,
            // The CLI finds a language host that lies beside it.
            members: ["pulumi/pulumi", "pulumi/pulumi-language-nodejs", "pulumi/pulumi-resource-pulumi-nodejs"],
            arch: { amd64: "x64", arm64: "arm64" },
        },
        build: { source: "pulumi", package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", seconds: 190 },
    },
    etcd: {
        version: versions.etcd,
        versionArgs: ["--version"],
        release: {
            url: `${etcdRelease}/${etcdFolder}.tar.gz`,
            checksums: `${etcdRelease}/SHA256SUMS`,
            members: [`${etcdFolder}/etcd`],
        },
        build: { source: "platform", package: "go.etcd.io/etcd/server/v3", seconds: 25 },
    },
    "kube-apiserver": kubernetesTool("kube-apiserver", 150),
    "kube-controller-manager": kubernetesTool("kube-controller-manager", 55),
    "kube-scheduler": kubernetesTool("kube-scheduler", 5),
    kubectl: kubernetesTool("kubectl", 20, ["version", "--client"]),
    kwok: {
        version: versions.kwok,
        versionArgs: ["--version"],
        // The project publishes no checksums of its programs.
        release: { url: `${github("kubernetes-sigs/kwok", `v${versions.kwok}`)}/kwok-{os}-{arch}` },
        build: { source: "platform", package: "sigs.k8s.io/kwok/cmd/kwok", seconds: 10 },
    },
    "prometheus-operator": operatorTool("operator", 45),
    "prometheus-config-reloader": operatorTool("prometheus-config-reloader", 5),
    "prometheus-operator-admission-webhook": operatorTool("admission-webhook", 10),
    "earlier-prometheus-operator": {
        version: versions.earlierOperator,
        versionArgs: ["--version"],
        build: {
            source: "earlier-operator",
            package: `${earlierOperatorModule.path}/cmd/operator`,
            seconds: 90,
        },
    },
    promtool: {
        version: versions.prometheus,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/prometheus", "promtool", versions.prometheus),
        build: { source: "prometheus", package: "./cmd/promtool", seconds: 180 },
    },
    amtool: {
        version: versions.alertmanager,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/alertmanager", "amtool", versions.alertmanager),
        build: { source: "alertmanager", package: "./cmd/amtool", seconds: 120 },
    },
    thanos: {
        version: versions.thanos,
        versionArgs: ["--version"],
        release: prometheusFamily("thanos-io/thanos", "thanos", versions.thanos),
        build: { source: "thanos", package: "./cmd/thanos", seconds: 150 },
    },
    loki: {
        version: versions.loki,
        versionArgs: ["--version"],
        release: grafanaFamily("grafana/loki", "loki", versions.loki),
        build: { source: "loki", package: "github.com/grafana/loki/v3/cmd/loki", seconds: 240 },
    },
    alloy: {
        version: versions.alloy,
        versionArgs: ["--version"],
        release: grafanaFamily("grafana/alloy", "alloy", versions.alloy),
        build: { source: "alloy", package: "github.com/grafana/alloy", seconds: 750 },
    },
    prometheus: {
        version: versions.prometheus,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/prometheus", "prometheus", versions.prometheus),
        build: { source: "prometheus", package: "./cmd/prometheus", seconds: 30 },
    },
    alertmanager: {
        version: versions.alertmanager,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/alertmanager", "alertmanager", versions.alertmanager),
        build: { source: "alertmanager", package: "./cmd/alertmanager", seconds: 10 },
    },
    kubelet: kubernetesTool("kubelet", 120),
    "kube-proxy": kubernetesTool("kube-proxy", 20),
    containerd: containerdTool("containerd", 60),
    "containerd-shim-runc-v2": containerdTool("containerd-shim-runc-v2", 5),
    ctr: containerdTool("ctr", 5),
    bridge: cniPlugin("main", "bridge", 20),
    "host-local": cniPlugin("ipam", "host-local", 1),
    loopback: cniPlugin("main", "loopback", 1),
    portmap: cniPlugin("meta", "portmap", 1),
    coredns: {
        version: versions.coredns,
        versionArgs: ["-version"],
        release: archive(
            github("coredns/coredns", `v${versions.coredns}`),
            `coredns_${versions.coredns}_{os}_{arch}.tgz`,
            ".sha256",
            "coredns",
        ),
        build: { source: "coredns", package: "github.com/coredns/coredns", seconds: 90 },
    },
    "kube-state-metrics": {
        version: versions.kubeStateMetrics,
        versionArgs: ["version"],
        build: { source: "kube-state-metrics", package: "k8s.io/kube-state-metrics/v2", seconds: 110 },
    },
    "prometheus-adapter": {
        version: versions.prometheusAdapter,
        versionArgs: { module: adapterModule.path },
        build: { source: "prometheus-adapter", package: `${adapterModule.path}/cmd/adapter`, seconds: 100 },
    },
    node_exporter: {
        version: versions.nodeExporter,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/node_exporter", "node_exporter", versions.nodeExporter),
        build: { source: "node-exporter", package: "github.com/prometheus/node_exporter", seconds: 35 },
    },
    blackbox_exporter: {
        version: versions.blackboxExporter,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/blackbox_exporter", "blackbox_exporter", versions.blackboxExporter),
        build: { source: "blackbox-exporter", package: "github.com/prometheus/blackbox_exporter", seconds: 30 },
    },
    telegraf: {
        version: versions.telegraf,
        versionArgs: ["version"],
        release: archive(
            "https://dl.influxdata.com/telegraf/releases",
            `telegraf-${versions.telegraf}_{os}_{arch}.tar.gz`,
            ".sha256",
            `./telegraf-${versions.telegraf}/usr/bin/telegraf`,
        ),
        build: { source: "telegraf", package: "./cmd/telegraf", seconds: 120 },
    },
    "victoria-metrics": {
        version: versions.victoriaMetrics,
        versionArgs: ["-version"],
        release: victoriaMetricsRelease(versions.victoriaMetrics),
        build: { source: "victoria-metrics", package: "./app/victoria-metrics", seconds: 60 },
    },
    "nginx-prometheus-exporter": {
        version: versions.nginxExporter,
        versionArgs: ["--version"],
        release: goReleaserFamily(
            "nginx/nginx-prometheus-exporter",
            "nginx-prometheus-exporter",
            versions.nginxExporter,
        ),
        build: { source: "nginx-exporter", package: "github.com/nginx/nginx-prometheus-exporter", seconds: 30 },
    },
    memcached_exporter: {
        version: versions.memcachedExporter,
        versionArgs: ["--version"],
        release: prometheusFamily("prometheus/memcached_exporter", "memcached_exporter", versions.memcachedExporter),
        build: {
            source: "memcached-exporter",
            package: "github.com/prometheus/memcached_exporter/cmd/memcached_exporter",
            seconds: 30,
        },
    },
    pause: {
        version: versions.pause,
        versionArgs: ["-v"],
        build: { source: "pause", package: "perch.invalid/toolchain/pause", seconds: 15 },
    },
    "scrape-load": {
        version: versions.scrapeLoad,
        versionArgs: ["-v"],
        build: { source: "scrape-load", package: "perch.invalid/toolchain/scrape-load", seconds: 15 },
    },
    actionlint: {
        version: versions.actionlint,
        versionArgs: ["-version"],
        release: goReleaserFamily("rhysd/actionlint", "actionlint", versions.actionlint),
        build: { source: "actionlint", package: "./cmd/actionlint", seconds: 15 },
    },
} as const satisfies Record<string, BuiltTool>;

const packagedTools = {
    runc: {
        // What containerd 2 is tested with begins there.
        version: "1.1.0",
        versionArgs: ["--version"],
        debian: { package: "runc", program: "usr/sbin/runc", startsItself: true },
    },
    nft: {
        // What kube-proxy's mode nftables asks for.
        version: "1.0.1",
        versionArgs: ["--version"],
        debian: { package: "nftables", program: "usr/sbin/nft" },
    },
    memcached: {
        version: "1.6.0",
        versionArgs: ["--version"],
        debian: { package: "memcached", program: "usr/bin/memcached" },
    },
} as const satisfies Record<string, PackagedTool>;

export const tools = { ...builtTools, ...packagedTools } as const;

export type BuiltToolName = keyof typeof builtTools;
export type PackagedToolName = keyof typeof packagedTools;
export type ToolName = BuiltToolName | PackagedToolName;

export const toolNames = Object.keys(tools) as ToolName[];
export const builtToolNames = Object.keys(builtTools) as BuiltToolName[];

/** The widened form, for code that works on any tool. */
export function toolOf(name: ToolName): Tool {
    return tools[name];
}

export function builtToolOf(name: BuiltToolName): BuiltTool {
    return builtTools[name];
}

export function isBuilt(name: ToolName): name is BuiltToolName {
    return Object.hasOwn(builtTools, name);
}

export function packagedToolOf(name: PackagedToolName): PackagedTool {
    return packagedTools[name];
}

export function isToolName(name: string): name is ToolName {
    return Object.hasOwn(tools, name);
}
