import * as fs from "node:fs";
import * as path from "node:path";

/**
 * Plural names of the kinds that an operator of ours serves, in the group `monitoring.coreos.com`: all that its release
 * brings but `prometheusagents`, as who made one would wait for ever.
 */
export const crdNames = [
    "alertmanagerconfigs",
    "alertmanagers",
    "podmonitors",
    "probes",
    "prometheuses",
    "prometheusrules",
    "scrapeconfigs",
    "servicemonitors",
    "thanosrulers",
] as const;

/** The kinds that one stack needs. @param ruler whether it has a Ruler */
export function crdsFor(ruler: boolean): (typeof crdNames)[number][] {
    return crdNames.filter((name) => ruler || name !== "thanosrulers");
}

/** Where the definitions are kept; written by scripts/update-crds.ts. */
export const crdFolder = path.join(__dirname, "crds");

/** Annotation in which each definition names the operator's version that it belongs to. */
export const crdVersionAnnotation = "operator.prometheus.io/version";

/** What is needed of a definition here; the rest is passed on as it is. */
export interface CrdFile {
    readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
    readonly spec: object;
}

/** Reads one definition. */
export function readCrd(name: (typeof crdNames)[number]): CrdFile {
    return JSON.parse(fs.readFileSync(path.join(crdFolder, `${name}.crd.json`), "utf8")) as CrdFile;
}
