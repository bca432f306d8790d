import { versions, type SourceName } from "./sources";

/** A program, and the places from which it can be had. */
export interface Tool {
    readonly version: string;
    /** Arguments that make it print its version and end. */
    readonly versionArgs: readonly string[];
    /** The official build, for machines that reach it; absent where the project publishes none for a plain Linux. */
    readonly release?: Release;
    readonly build: GoBuild;
}

/** An official download. `{os}` and `{arch}` stand for the machine's, as this project spells them. */
export interface Release {
    readonly url: string;
    /** Where the project publishes the SHA-256 sum: alone, or in a list with the file's name beside it. */
    readonly checksums?: string;
    /**
     * What to take out of the archive (`.tar.gz`, `.zip`), by path; the first is the program.
     * Absent: the download is the program.
     */
    readonly members?: readonly [string, ...string[]];
    /** @default Go's names: `amd64`, `arm64` */
    readonly arch?: Readonly<Record<Arch, string>>;
}

export type Arch = "amd64" | "arm64";

export interface GoBuild {
    readonly source: SourceName;
    /** Import path, or a path that starts with `./` within the source's module. */
    readonly package: string;
    /** How long it takes on two cores after those above it in the table that have the same source; measured. */
    readonly seconds: number;
}

const github = (repository: string, tag: string): string => `https://github.com/${repository}/releases/download/${tag}`;

function kubernetesTool(name: string, seconds: number, versionArgs: readonly string[] = ["--version"]): Tool {
    const url = `https://dl.k8s.io/release/v${versions.kubernetes}/bin/{os}/{arch}/${name}`;
    return {
        version: versions.kubernetes,
        versionArgs,
        release: { url, checksums: `${url}.sha256` },
        build: { source: "platform", package: `k8s.io/kubernetes/cmd/${name}`, seconds },
    };
}

function prometheusFamily(repository: string, name: string, version: string): Release {
    const folder = `${repository.split("/")[1] ?? ""}-${version}.{os}-{arch}`;
    const base = github(repository, `v${version}`);
    return {
        url: `${base}/${folder}.tar.gz`,
        checksums: `${base}/sha256sums.txt`,
        members: [`${folder}/${name}`],
    };
}

function grafanaFamily(repository: string, name: string, version: string): Release {
    const base = github(repository, `v${version}`);
    const file = `${name}-{os}-{arch}`;
    return { url: `${base}/${file}.zip`, checksums: `${base}/SHA256SUMS`, members: [file] };
}

function operatorTool(command: string, seconds: number): Tool {
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

const actionlintRelease = github("rhysd/actionlint", `v${versions.actionlint}`);

/** In the order in which a first run needs them. */
export const tools = {
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
        build: { source: "alloy", package: "github.com/grafana/alloy", seconds: 600 },
    },
    logcli: {
        version: versions.loki,
        versionArgs: ["--version"],
        release: grafanaFamily("grafana/loki", "logcli", versions.loki),
        build: { source: "loki", package: "github.com/grafana/loki/v3/cmd/logcli", seconds: 20 },
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
    actionlint: {
        version: versions.actionlint,
        versionArgs: ["-version"],
        release: {
            url: `${actionlintRelease}/actionlint_${versions.actionlint}_{os}_{arch}.tar.gz`,
            checksums: `${actionlintRelease}/actionlint_${versions.actionlint}_checksums.txt`,
            members: ["actionlint"],
        },
        build: { source: "actionlint", package: "./cmd/actionlint", seconds: 15 },
    },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;

export const toolNames = Object.keys(tools) as ToolName[];

/** The widened form, for code that works on any tool. */
export function toolOf(name: ToolName): Tool {
    return tools[name];
}

export function isToolName(name: string): name is ToolName {
    return Object.hasOwn(tools, name);
}
