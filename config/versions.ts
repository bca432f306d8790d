/** A container image as a component takes it. */
export interface Image {
    /** Reference that the kubelet pulls: `quay.io/thanos/thanos:v0.42.4`. */
    readonly image: string;
    /** Version of the program inside, without a `v`: the operator decides by it which flags a server knows. */
    readonly version: string;
}

/** One row of the table: what is deployed and what the checks of rendered configuration run. */
interface Pinned {
    readonly repository: string;
    /** Version of the deployed image. */
    readonly deployed: string;
    /** Version of the binary that the checks run; undefined: no check runs one. */
    readonly checked: string | undefined;
    /** Why `checked` isn't `deployed`; required where they differ. */
    readonly reason?: string;
    /** What the tag has beside the version.  @default `v` before it */
    readonly tag?: { readonly prefix?: string; readonly suffix?: string };
}

const plainTag = { prefix: "" };

/**
 * Every image of the stack and the one place that knows its version. Registries and newest versions are those of the
 * projects' own releases; Prometheus stays inside the range that the operator's release is tested with.
 */
export const pinned = {
    prometheusOperator: {
        repository: "quay.io/prometheus-operator/prometheus-operator",
        deployed: "0.93.1",
        checked: "0.93.1",
    },
    configReloader: {
        repository: "quay.io/prometheus-operator/prometheus-config-reloader",
        deployed: "0.93.1",
        checked: "0.93.1",
    },
    admissionWebhook: {
        repository: "quay.io/prometheus-operator/admission-webhook",
        deployed: "0.93.1",
        checked: "0.93.1",
    },
    prometheus: { repository: "quay.io/prometheus/prometheus", deployed: "3.13.2", checked: "3.13.2" },
    // The operator's own default is 0.33.1; it only needs 0.30 or newer for the flags that it passes.
    alertmanager: { repository: "quay.io/prometheus/alertmanager", deployed: "0.34.2", checked: "0.34.2" },
    thanos: { repository: "quay.io/thanos/thanos", deployed: "0.42.4", checked: "0.42.4" },
    memcached: {
        repository: "docker.io/library/memcached",
        deployed: "1.6.45",
        checked: undefined,
        reason: "it is configured by flags alone; the checks of its clients' files run the distribution's own",
        tag: { prefix: "", suffix: "-alpine" },
    },
    memcachedExporter: {
        repository: "quay.io/prometheus/memcached-exporter",
        // The newest that can be built from its Go module, which is what the sandbox runs.
        deployed: "0.16.0",
        checked: undefined,
        reason: "it is configured by flags alone, so there is no file to check",
    },
    loki: { repository: "docker.io/grafana/loki", deployed: "3.7.8", checked: "3.7.8", tag: plainTag },
    lokiGateway: {
        repository: "docker.io/nginxinc/nginx-unprivileged",
        deployed: "1.31",
        checked: undefined,
        reason: "nginx isn't among the checked programs; the unit tests parse its configuration",
        tag: { prefix: "", suffix: "-alpine" },
    },
    lokiGatewayExporter: {
        repository: "docker.io/nginx/nginx-prometheus-exporter",
        // The newest that can be built from its Go module, which is what the sandbox runs.
        deployed: "1.5.1",
        checked: undefined,
        reason: "it is configured by flags alone, so there is no file to check",
        tag: plainTag,
    },
    alloy: {
        repository: "docker.io/grafana/alloy",
        deployed: "1.18.1",
        checked: "1.11.0",
        reason:
            "the newest version that builds from its Go module is 1.11.0; " +
            "a rendered pipeline uses only what 1.11 and the deployed version both know",
    },
    kubeStateMetrics: {
        repository: "registry.k8s.io/kube-state-metrics/kube-state-metrics",
        deployed: "2.20.0",
        checked: undefined,
        reason: "it is configured by flags alone, so there is no file to check",
    },
    nodeExporter: {
        repository: "quay.io/prometheus/node-exporter",
        deployed: "1.12.1",
        checked: undefined,
        reason: "it is configured by flags alone, so there is no file to check",
    },
    blackboxExporter: {
        repository: "quay.io/prometheus/blackbox-exporter",
        deployed: "0.28.0",
        checked: "0.28.0",
    },
    // The newest that can be built from its Go module, which is what the checks run.
    telegraf: { repository: "docker.io/library/telegraf", deployed: "1.39.1", checked: "1.39.1", tag: plainTag },
    victoriaMetrics: {
        repository: "docker.io/victoriametrics/victoria-metrics",
        deployed: "1.130.0",
        checked: "1.130.0",
    },
    prometheusAdapter: {
        repository: "registry.k8s.io/prometheus-adapter/prometheus-adapter",
        deployed: "0.12.0",
        checked: "0.12.0",
    },
    grafana: {
        repository: "docker.io/grafana/grafana",
        deployed: "13.2.0",
        checked: undefined,
        reason: "Grafana has no command that checks configuration; its dashboards are built with typed builders",
        tag: plainTag,
    },
} as const satisfies Record<string, Pinned>;

/** Parts of the stack that have an image of their own. */
export type ComponentImage = keyof typeof pinned;

export type Images = Readonly<Record<ComponentImage, Image>>;

export const componentImages = Object.keys(pinned) as ComponentImage[];

/** Version in an image reference's tag, `3.13.2` of `...:v3.13.2-distroless`; undefined where it names none. */
export function versionOfImage(reference: string): string | undefined {
    return /:v?(\d+(?:\.\d+)+)[^/:@]*(?:@sha256:[0-9a-f]{64})?$/.exec(reference)?.[1];
}

/**
 * The images to deploy: those of the table, and in their place what a stack file gives.
 *
 * A reference by digest alone says nothing of the version: it is taken for a copy of the pinned one.
 */
export function resolveImages(overrides: Partial<Record<ComponentImage, string>> = {}): Images {
    const entries = componentImages.map((component): [ComponentImage, Image] => {
        const { repository, deployed, tag }: Pinned = pinned[component];
        const image = `${repository}:${tag?.prefix ?? "v"}${deployed}${tag?.suffix ?? ""}`;
        const override = overrides[component];
        return [
            component,
            override === undefined
                ? { image, version: deployed }
                : { image: override, version: versionOfImage(override) ?? deployed },
        ];
    });
    return Object.fromEntries(entries) as Images;
}

/** The pinned images, for tests and for whoever uses a component alone. */
export const images: Images = resolveImages();
