import { componentImages, images, pinned, versionOfImage, type ComponentImage } from "../../config/versions";
import { findPackages, toolOf } from "../toolchain";
import type { ImageRecipe } from "./recipe";
import { formatReference, parseReference } from "./reference";

/** An image that can be made here, or why it can't. */
export type CatalogEntry = { readonly recipe: ImageRecipe } | { readonly unavailable: string };

/** Name and number of the user of busybox's image that owns nothing. */
const nobody = { nobody: 65534 };

/** Images on the base image of the Prometheus projects, which has busybox. */
function prometheusImage(recipe: ImageRecipe): CatalogEntry {
    return { recipe: { shell: true, users: nobody, user: "nobody", ...recipe } };
}

/** How each image of the stack is made, after the Dockerfile of its project. */
const stackImages: Readonly<Record<ComponentImage, CatalogEntry>> = {
    prometheusOperator: prometheusImage({
        programs: { "/bin/operator": "prometheus-operator" },
        user: "65534",
        entrypoint: ["/bin/operator"],
    }),
    configReloader: prometheusImage({
        programs: { "/bin/prometheus-config-reloader": "prometheus-config-reloader" },
        entrypoint: ["/bin/prometheus-config-reloader"],
    }),
    admissionWebhook: prometheusImage({
        programs: { "/bin/admission-webhook": "prometheus-operator-admission-webhook" },
        entrypoint: ["/bin/admission-webhook"],
    }),
    prometheus: prometheusImage({
        programs: { "/bin/prometheus": "prometheus", "/bin/promtool": "promtool" },
        directories: {
            "/etc/prometheus": { owner: nobody.nobody },
            "/prometheus": { owner: nobody.nobody, mode: 0o775 },
        },
        workingDirectory: "/prometheus",
        volumes: ["/prometheus"],
        entrypoint: ["/bin/prometheus"],
        command: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
    }),
    alertmanager: prometheusImage({
        programs: { "/bin/alertmanager": "alertmanager", "/bin/amtool": "amtool" },
        directories: {
            "/etc/alertmanager": { owner: nobody.nobody },
            "/alertmanager": { owner: nobody.nobody, mode: 0o775 },
        },
        workingDirectory: "/alertmanager",
        volumes: ["/alertmanager"],
        entrypoint: ["/bin/alertmanager"],
        command: ["--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"],
    }),
    thanos: prometheusImage({
        programs: { "/bin/thanos": "thanos" },
        users: { ...nobody, thanos: 1001 },
        user: "1001",
        entrypoint: ["/bin/thanos"],
    }),
    memcached: {
        recipe: {
            packages: ["memcached"],
            shell: true,
            users: { memcache: 11211 },
            user: "11211",
            command: ["memcached"],
        },
    },
    memcachedExporter: prometheusImage({
        programs: { "/bin/memcached_exporter": "memcached_exporter" },
        entrypoint: ["/bin/memcached_exporter"],
    }),
    loki: {
        recipe: {
            programs: { "/usr/bin/loki": "loki" },
            users: { loki: 10001 },
            user: "10001",
            directories: {
                "/etc/loki": { owner: 10001 },
                "/loki": { owner: 10001 },
                "/loki/rules": { owner: 10001 },
                "/loki/rules-temp": { owner: 10001 },
            },
            entrypoint: ["/usr/bin/loki"],
            command: ["-config.file=/etc/loki/local-config.yaml"],
        },
    },
    lokiGateway: {
        recipe: {
            packages: ["nginx"],
            shell: true,
            users: { nginx: 101 },
            user: "101",
            command: ["nginx", "-g", "daemon off;"],
        },
    },
    lokiGatewayExporter: {
        recipe: {
            programs: { "/usr/bin/nginx-prometheus-exporter": "nginx-prometheus-exporter" },
            user: "1001:1001",
            entrypoint: ["/usr/bin/nginx-prometheus-exporter"],
        },
    },
    alloy: {
        recipe: {
            programs: { "/bin/alloy": "alloy" },
            shell: true,
            users: { alloy: 473 },
            directories: {
                "/etc/alloy": {},
                "/var/lib/alloy": { owner: 473, mode: 0o770 },
                "/var/lib/alloy/data": { owner: 473, mode: 0o770 },
            },
            environment: { ALLOY_DEPLOY_MODE: "docker" },
            entrypoint: ["/bin/alloy"],
            command: ["run", "/etc/alloy/config.alloy", "--storage.path=/var/lib/alloy/data"],
        },
    },
    kubeStateMetrics: {
        recipe: {
            programs: { "/kube-state-metrics": "kube-state-metrics" },
            users: nobody,
            user: "nobody",
            entrypoint: ["/kube-state-metrics", "--port=8080", "--telemetry-port=8081"],
        },
    },
    nodeExporter: prometheusImage({
        programs: { "/bin/node_exporter": "node_exporter" },
        entrypoint: ["/bin/node_exporter"],
    }),
    blackboxExporter: {
        recipe: {
            programs: { "/bin/blackbox_exporter": "blackbox_exporter" },
            shell: true,
            users: nobody,
            directories: { "/etc/blackbox_exporter": {} },
            entrypoint: ["/bin/blackbox_exporter"],
            command: ["--config.file=/etc/blackbox_exporter/config.yml"],
        },
    },
    telegraf: {
        recipe: {
            programs: { "/usr/bin/telegraf": "telegraf" },
            shell: true,
            users: { telegraf: 999 },
            entrypoint: ["/usr/bin/telegraf"],
        },
    },
    victoriaMetrics: {
        recipe: {
            programs: { "/victoria-metrics-prod": "victoria-metrics" },
            shell: true,
            entrypoint: ["/victoria-metrics-prod"],
        },
    },
    prometheusAdapter: {
        recipe: {
            programs: { "/adapter": "prometheus-adapter" },
            users: nobody,
            user: "65534",
            entrypoint: ["/adapter"],
        },
    },
    grafana: { unavailable: "Grafana can't be built from a package registry, so its pods are simulated" },
};

/** Images of the node itself and of the tests. The one place that knows their names. */
export const sandboxImages = {
    /** Holds a pod's namespaces: containerd's sandbox image. */
    pause: `registry.k8s.io/pause:${toolOf("pause").version}`,
    coredns: `registry.k8s.io/coredns/coredns:v${toolOf("coredns").version}`,
    /** For pods of tests: a shell, `wget`, `nc`, `nslookup`, `httpd`. */
    busybox: "docker.io/library/busybox:1.37",
} as const;

const sandboxRecipes: Readonly<Record<keyof typeof sandboxImages, ImageRecipe>> = {
    pause: { programs: { "/pause": "pause" }, user: "65535:65535", entrypoint: ["/pause"], bare: true },
    coredns: {
        programs: { "/coredns": "coredns" },
        users: { nonroot: 65532 },
        user: "nonroot:nonroot",
        entrypoint: ["/coredns"],
    },
    busybox: { shell: true, command: ["sh"] },
};

/** Images that only the load test needs: no node waits for them. */
export const benchImages = {
    /** Targets with many series, and a client that measures how long queries take. */
    load: `perch.invalid/scrape-load:v${toolOf("scrape-load").version}`,
} as const;

const benchRecipes: Readonly<Record<keyof typeof benchImages, ImageRecipe>> = {
    load: {
        programs: { "/scrape-load": "scrape-load" },
        user: "65534:65534",
        entrypoint: ["/scrape-load"],
        bare: true,
    },
};

/** All images that are known here, by their whole reference. */
export const catalog: ReadonlyMap<string, CatalogEntry> = new Map<string, CatalogEntry>([
    ...componentImages.map((component) => [images[component].image, stackImages[component]] as const),
    ...Object.entries(sandboxImages).map(
        ([name, image]) => [image, { recipe: sandboxRecipes[name as keyof typeof sandboxImages] }] as const,
    ),
    ...Object.entries(benchImages).map(
        ([name, image]) => [image, { recipe: benchRecipes[name as keyof typeof benchImages] }] as const,
    ),
]);

/** Where an image that isn't known is to be added, for messages. */
export const catalogFile = "sandbox/images/catalog.ts";

/** The entry of a reference in any spelling; `undefined` when the image isn't known. */
export function findEntry(reference: string): CatalogEntry | undefined {
    return catalog.get(formatReference(parseReference(reference)));
}

/** Why an image can't be made here; `undefined`: it can. */
export function whyNot(reference: string): string | undefined {
    const entry = findEntry(reference);
    if (entry === undefined) {
        return `it isn't in the list of ${catalogFile}`;
    }
    return "unavailable" in entry ? entry.unavailable : undefined;
}

/** An image whose program isn't of the version that its tag says. */
export interface Substitution {
    readonly reference: string;
    /** Version in the tag. */
    readonly wanted: string;
    /** Version of the program inside. */
    readonly contained: string;
    readonly reason: string;
}

/** Images that are made here with another version of their program than the tag says, and why. */
export function substitutions(): Substitution[] {
    return componentImages.flatMap((component) => {
        const entry = stackImages[component];
        const reference = images[component].image;
        const wanted = versionOfImage(reference);
        if ("unavailable" in entry || wanted === undefined) {
            return [];
        }
        const row = pinned[component];
        const { contained, reason } = mainPart(entry.recipe, "reason" in row ? row.reason : "");
        return contained === undefined || contained === wanted ? [] : [{ reference, wanted, contained, reason }];
    });
}

/** Version of an image's first program (of a package only once it has been got), and why it is that. */
function mainPart(
    { programs = {}, packages = [] }: ImageRecipe,
    reason: string,
): { contained: string | undefined; reason: string } {
    const [program] = Object.values(programs);
    const [name = ""] = packages;
    return program === undefined
        ? { contained: findPackages(packages)?.versions[name], reason: "it is the distribution's own package" }
        : { contained: toolOf(program).version, reason };
}
