import { pinned } from "../../config/versions";

/** A Go module at one version, the version as Go writes it: `v3.6.8`. */
export interface GoModule {
    readonly path: string;
    readonly version: string;
}

/**
 * What a build starts from: programs of one source are built by one run of the compiler and share its work.
 *
 * `recipe`: a go.mod and go.sum of ours below `modules/<name>/`, made by `update-modules.ts` from those of `modules`;
 * for modules whose own go.mod has replacements by neighbour folders, which aren't served.
 * `module`: the module's own go.mod and go.sum rule.
 * `own`: a program of ours below `modules/<name>/`, of the standard library alone.
 */
export type Source = RecipeSource | ModuleSource | OwnSource;

interface SourceBase {
    /** Build tags that the release's own build sets and that change what the program does. */
    readonly tags?: readonly string[];
    /** String variables that the linker sets: how each program learns its version. */
    readonly variables: Readonly<Record<string, string>>;
    /** Free disk that the build takes at its peak, alone, in GB of 10^9 bytes: modules, and twice what is compiled. */
    readonly diskGb: number;
}

export interface RecipeSource extends SourceBase {
    readonly how: "recipe";
    readonly modules: readonly GoModule[];
    /** Requirements that replace what a module takes from a neighbour folder. */
    readonly extra?: readonly GoModule[];
    /** Modules that give way to a stand-in of ours: path, and the stand-in's folder below the recipe's. */
    readonly standIns?: Readonly<Record<string, string>>;
    /** Modules whose versions in the first module's go.mod hold against newer ones that the other modules ask for. */
    readonly hold?: RegExp;
    /** The version that the first module's requirements at `v0.0.0` really have. */
    readonly staging?: string;
    /** Modules that the public checksum database doesn't know, as a pattern of `GONOSUMDB`; their sums are in go.sum. */
    readonly unlisted?: string;
}

export interface ModuleSource extends SourceBase {
    readonly how: "module";
    readonly module: GoModule;
    /** Files that the module embeds but doesn't carry: path and content. */
    readonly files?: Readonly<Record<string, string>>;
}

export interface OwnSource extends SourceBase {
    readonly how: "own";
}

/** Version of each project whose programs the sandbox runs; of those that the stack deploys too, config/versions.ts says. */
export const versions = {
    pulumi: "3.259.0",
    // The version that Kubernetes 1.36.1 itself asks for.
    etcd: "3.6.8",
    kubernetes: "1.36.1",
    kwok: "0.8.0",
    prometheusOperator: pinned.prometheusOperator.checked,
    // The last release of the minor before the deployed one: from there an upgrade of the operator is tested.
    earlierOperator: "0.92.1",
    prometheus: pinned.prometheus.checked,
    alertmanager: pinned.alertmanager.checked,
    thanos: pinned.thanos.checked,
    loki: pinned.loki.checked,
    alloy: pinned.alloy.checked,
    prometheusAdapter: pinned.prometheusAdapter.checked,
    kubeStateMetrics: pinned.kubeStateMetrics.deployed,
    nodeExporter: pinned.nodeExporter.deployed,
    blackboxExporter: pinned.blackboxExporter.checked,
    telegraf: pinned.telegraf.checked,
    victoriaMetrics: pinned.victoriaMetrics.checked,
    nginxExporter: pinned.lokiGatewayExporter.deployed,
    memcachedExporter: pinned.memcachedExporter.deployed,
    certManager: "1.21.2",
    containerd: "2.1.4",
    cniPlugins: "1.8.0",
    coredns: "1.12.4",
    // The version that kubeadm 1.36.1 deploys.
    pause: "3.10.2",
    actionlint: "1.7.12",
    scrapeLoad: "1.0.0",
} as const;

/** Prometheus 3.13.2 is served as v0.313.2: Go takes a major version above 1 only with a path that says so. */
const prometheusModuleVersion = versions.prometheus.replace(/^3\.(\d+)\./, "v0.3$1.");
const [, kubernetesMinor, kubernetesPatch] = versions.kubernetes.split(".");

export const kwokModule: GoModule = { path: "sigs.k8s.io/kwok", version: `v${versions.kwok}` };
export const operatorModule: GoModule = {
    path: "github.com/prometheus-operator/prometheus-operator",
    version: `v${versions.prometheusOperator}`,
};

export const earlierOperatorModule: GoModule = {
    path: operatorModule.path,
    version: `v${versions.earlierOperator}`,
};

export const adapterModule: GoModule = {
    path: "sigs.k8s.io/prometheus-adapter",
    version: `v${versions.prometheusAdapter}`,
};

/** Only its CRDs are used. */
export const certManagerModule: GoModule = {
    path: "github.com/cert-manager/cert-manager",
    version: `v${versions.certManager}`,
};

function prometheusVersion(version: string): Readonly<Record<string, string>> {
    return { "github.com/prometheus/common/version.Version": version };
}

const kubernetesVersion = "k8s.io/component-base/version";

export const sources = {
    pulumi: {
        how: "recipe",
        modules: [{ path: "github.com/pulumi/pulumi/pkg/v3", version: `v${versions.pulumi}` }],
        unlisted: "github.com/pulumi/*",
        variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${versions.pulumi}` },
        diskGb: 5,
    },
    // One dependency graph for all that `make up` runs beside Pulumi: half of the compiler's work is the same for all
    // of them. Kubernetes' own libraries keep the release's versions; other libraries may be newer than in the release.
    platform: {
        how: "recipe",
        modules: [
            { path: "k8s.io/kubernetes", version: `v${versions.kubernetes}` },
            kwokModule,
            operatorModule,
            { path: "go.etcd.io/etcd/server/v3", version: `v${versions.etcd}` },
        ],
        hold: /^(sigs\.)?k8s\.io\//,
        staging: `v0.${kubernetesMinor}.${kubernetesPatch}`,
        variables: {
            [`${kubernetesVersion}.gitVersion`]: `v${versions.kubernetes}`,
            [`${kubernetesVersion}.gitMajor`]: "1",
            [`${kubernetesVersion}.gitMinor`]: `${kubernetesMinor}`,
            ...prometheusVersion(versions.prometheusOperator),
        },
        diskGb: 7.5,
    },
    "earlier-operator": {
        how: "recipe",
        modules: [earlierOperatorModule],
        variables: prometheusVersion(versions.earlierOperator),
        diskGb: 2,
    },
    prometheus: {
        how: "module",
        module: { path: "github.com/prometheus/prometheus", version: prometheusModuleVersion },
        variables: prometheusVersion(versions.prometheus),
        diskGb: 5,
    },
    alertmanager: {
        how: "module",
        module: { path: "github.com/prometheus/alertmanager", version: `v${versions.alertmanager}` },
        files: { "ui/app/dist/index.html": "<!doctype html><title>Alertmanager</title>\n" },
        variables: prometheusVersion(versions.alertmanager),
        diskGb: 3,
    },
    thanos: {
        how: "module",
        module: { path: "github.com/thanos-io/thanos", version: `v${versions.thanos}` },
        // Without `slicelabels` it starts and panics later.
        tags: ["netgo", "slicelabels"],
        variables: prometheusVersion(versions.thanos),
        diskGb: 5,
    },
    loki: {
        how: "recipe",
        modules: [{ path: "github.com/grafana/loki/v3", version: `v${versions.loki}` }],
        variables: { "github.com/grafana/loki/v3/pkg/util/build.Version": versions.loki },
        diskGb: 7,
    },
    alloy: {
        how: "recipe",
        modules: [{ path: "github.com/grafana/alloy", version: `v${versions.alloy}` }],
        extra: [{ path: "github.com/grafana/alloy/syntax", version: "v0.1.1" }],
        // The driver of Oracle databases is the one dependency that doesn't compile without a C compiler.
        standIns: { "github.com/godror/godror": "./without-oracle" },
        variables: { "github.com/grafana/alloy/internal/build.Version": `v${versions.alloy}` },
        diskGb: 13,
    },
    containerd: {
        how: "module",
        module: { path: "github.com/containerd/containerd/v2", version: `v${versions.containerd}` },
        // Snapshotters that need C libraries or kernel modules, and that nothing here uses.
        tags: ["no_btrfs", "no_zfs", "no_devmapper"],
        variables: { "github.com/containerd/containerd/v2/version.Version": versions.containerd },
        diskGb: 3,
    },
    cni: {
        how: "module",
        module: { path: "github.com/containernetworking/plugins", version: `v${versions.cniPlugins}` },
        variables: {
            "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": `v${versions.cniPlugins}`,
        },
        diskGb: 1,
    },
    coredns: {
        how: "module",
        module: { path: "github.com/coredns/coredns", version: `v${versions.coredns}` },
        variables: {},
        diskGb: 4,
    },
    "kube-state-metrics": {
        how: "module",
        module: { path: "k8s.io/kube-state-metrics/v2", version: `v${versions.kubeStateMetrics}` },
        variables: prometheusVersion(`v${versions.kubeStateMetrics}`),
        diskGb: 3,
    },
    // A recipe, so that Go writes the module's version into the program, which can't print one.
    "prometheus-adapter": {
        how: "recipe",
        modules: [adapterModule],
        variables: { [`${kubernetesVersion}.gitVersion`]: `v${versions.prometheusAdapter}` },
        diskGb: 3,
    },
    "node-exporter": {
        how: "module",
        module: { path: "github.com/prometheus/node_exporter", version: `v${versions.nodeExporter}` },
        variables: prometheusVersion(versions.nodeExporter),
        diskGb: 1,
    },
    "blackbox-exporter": {
        how: "module",
        module: { path: "github.com/prometheus/blackbox_exporter", version: `v${versions.blackboxExporter}` },
        variables: prometheusVersion(versions.blackboxExporter),
        diskGb: 1.5,
    },
    telegraf: {
        how: "module",
        module: { path: "github.com/influxdata/telegraf", version: `v${versions.telegraf}` },
        // Of some 400 plugins those that the stack's configuration names: all of them take an hour and 20 GB.
        tags: [
            "custom",
            ...["cpu", "disk", "diskio", "kernel", "mem", "net", "processes", "system"].map((name) => `inputs.${name}`),
            "outputs.prometheus_client",
        ],
        variables: { "github.com/influxdata/telegraf/internal.Version": versions.telegraf },
        diskGb: 3,
    },
    "victoria-metrics": {
        how: "module",
        module: { path: "github.com/VictoriaMetrics/VictoriaMetrics", version: `v${versions.victoriaMetrics}` },
        variables: {
            "github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version": `victoria-metrics-v${versions.victoriaMetrics}`,
        },
        diskGb: 2,
    },
    "nginx-exporter": {
        how: "module",
        module: { path: "github.com/nginx/nginx-prometheus-exporter", version: `v${versions.nginxExporter}` },
        variables: prometheusVersion(versions.nginxExporter),
        diskGb: 1,
    },
    "memcached-exporter": {
        how: "module",
        module: { path: "github.com/prometheus/memcached_exporter", version: `v${versions.memcachedExporter}` },
        variables: prometheusVersion(versions.memcachedExporter),
        diskGb: 1,
    },
    pause: {
        how: "own",
        variables: { "main.version": versions.pause },
        diskGb: 0.5,
    },
    "scrape-load": {
        how: "own",
        variables: { "main.version": versions.scrapeLoad },
        diskGb: 0.5,
    },
    actionlint: {
        how: "module",
        module: { path: "github.com/rhysd/actionlint", version: `v${versions.actionlint}` },
        variables: { "github.com/rhysd/actionlint.version": versions.actionlint },
        diskGb: 1,
    },
} as const satisfies Record<string, Source>;

export type SourceName = keyof typeof sources;

/** The widened form, for code that works on any source. */
export function sourceOf(name: SourceName): Source {
    return sources[name];
}
