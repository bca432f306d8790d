/** An official download. `{os}` and `{arch}` stand for the machine's, as this project spells them. */
export interface Release {
    readonly url: string;
    /** Where the project publishes the SHA-256 sum: alone, or in a list with the file's name beside it. */
    readonly checksums?: string;
    /**
     * What to take out of the archive (`.tar.gz`, `.tgz`, `.zip`), by path; the first is the program.
     * Absent: the download is the program.
     */
    readonly members?: readonly [string, ...string[]];
    /** @default Go's names: `amd64`, `arm64` */
    readonly arch?: Readonly<Record<Arch, string>>;
}

export type Arch = "amd64" | "arm64";

/** Address below which a release on GitHub has its files. */
export function github(repository: string, tag: string): string {
    return `https://github.com/${repository}/releases/download/${tag}`;
}

/** A release made by Prometheus's own build tool: one archive with a folder, one list of sums. */
export function prometheusFamily(repository: string, name: string, version: string): Release {
    const folder = `${repository.split("/")[1] ?? ""}-${version}.{os}-{arch}`;
    const base = github(repository, `v${version}`);
    return {
        url: `${base}/${folder}.tar.gz`,
        checksums: `${base}/sha256sums.txt`,
        members: [`${folder}/${name}`],
    };
}

/** A release of Grafana's programs: a zip of one program each, one list of sums. */
export function grafanaFamily(repository: string, name: string, version: string): Release {
    const base = github(repository, `v${version}`);
    const file = `${name}-{os}-{arch}`;
    return { url: `${base}/${file}.zip`, checksums: `${base}/SHA256SUMS`, members: [file] };
}

/** A release made by GoReleaser: `<name>_<version>_<os>_<arch>.tar.gz`, one list of sums. */
export function goReleaserFamily(repository: string, name: string, version: string): Release {
    const base = github(repository, `v${version}`);
    return {
        url: `${base}/${name}_${version}_{os}_{arch}.tar.gz`,
        checksums: `${base}/${name}_${version}_checksums.txt`,
        members: [name],
    };
}

/** A release with one archive of several programs, and its sum beside it. */
export function archive(base: string, file: string, sumSuffix: string, member: string): Release {
    return { url: `${base}/${file}`, checksums: `${base}/${file}${sumSuffix}`, members: [member] };
}

/** VictoriaMetrics: an archive with its list of sums beside it. */
export function victoriaMetricsRelease(version: string): Release {
    const file = `${github("VictoriaMetrics/VictoriaMetrics", `v${version}`)}/victoria-metrics-{os}-{arch}-v${version}`;
    return { url: `${file}.tar.gz`, checksums: `${file}_checksums.txt`, members: ["victoria-metrics-prod"] };
}
