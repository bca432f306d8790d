import { UserError } from "../../cli/errors";

/** An image reference, taken apart: `quay.io/thanos/thanos:v0.42.4`. */
export interface Reference {
    /** Host of the registry, with its port if it has one. */
    readonly registry: string;
    /** Path within the registry. */
    readonly repository: string;
    /** Tag, or digest with its algorithm: what a manifest is asked for by. */
    readonly version: string;
}

const defaultRegistry = "docker.io";

/** Of the OCI distribution specification. */
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const pattern = new RegExp(`^(${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** Takes a reference apart as container runtimes do: `busybox` is `docker.io/library/busybox:latest`. */
export function parseReference(reference: string): Reference {
    const [, host, rest = reference] = /^((?:[^/]*[.:][^/]*)|localhost)\/(.+)$/.exec(reference) ?? [];
    const [, path, tag, digest] = pattern.exec(rest) ?? [];
    if (path === undefined) {
        throw new UserError(`"${reference}" isn't an image reference, such as quay.io/thanos/thanos:v0.42.4.`);
    }
    const registry = host ?? defaultRegistry;
    return {
        registry,
        repository: registry === defaultRegistry && !path.includes("/") ? `library/${path}` : path,
        version: digest ?? tag ?? "latest",
    };
}

/** The whole reference, in the one form that names an image: `docker.io/library/busybox:1.37`. */
export function formatReference({ registry, repository, version }: Reference): string {
    return `${registry}/${repository}${version.startsWith("sha256:") ? "@" : ":"}${version}`;
}
