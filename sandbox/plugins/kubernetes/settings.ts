import type { CheckConfigRequest, CheckResponse, DiffRequest, DiffResponse, PropertyMap } from "../provider/types";
import { Secret, Unknown } from "../provider/types";
import { activeCluster, type ClusterChoice } from "./kubeconfig";
import { type PlainMap, sameValue, text } from "./objects";
import { toObject } from "./values";

/** What the provider resource says. */
export interface Settings extends ClusterChoice {
    /** Namespace of objects that name none; absent: that of the kubeconfig's context. */
    namespace?: string;
    enableConfigMapMutable: boolean;
    enableSecretMutable: boolean;
    enablePatchForce: boolean;
    upsertExistingObjects: boolean;
    deleteUnreachable: boolean;
    skipUpdateUnreachable: boolean;
    suppressDeprecationWarnings: boolean;
}

/** Switches, with the variable that holds where the provider resource doesn't say. */
const switches = {
    enableConfigMapMutable: "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    enableSecretMutable: "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    enablePatchForce: "PULUMI_K8S_ENABLE_PATCH_FORCE",
    upsertExistingObjects: "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    deleteUnreachable: "PULUMI_K8S_DELETE_UNREACHABLE",
    skipUpdateUnreachable: "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
    suppressDeprecationWarnings: "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
} as const;

/** Inputs that decide which cluster it is. */
const clusterKeys = ["kubeconfig", "context", "cluster"];
const IDENTIFIER = "clusterIdentifier";

/** The SDK sends switches as JSON text, a stack's configuration as text. */
const isTrue = (value: unknown): boolean => value === true || value === "true";

export function readSettings(args: PropertyMap): Settings {
    const given = toObject(args);
    const flag = (name: keyof typeof switches): boolean =>
        isTrue(name in given ? given[name] : process.env[switches[name]]);
    return {
        ...choiceOf(given),
        namespace: text(given, "namespace") || undefined,
        enableConfigMapMutable: flag("enableConfigMapMutable"),
        enableSecretMutable: flag("enableSecretMutable"),
        enablePatchForce: flag("enablePatchForce"),
        upsertExistingObjects: flag("upsertExistingObjects"),
        deleteUnreachable: flag("deleteUnreachable"),
        skipUpdateUnreachable: flag("skipUpdateUnreachable"),
        suppressDeprecationWarnings: flag("suppressDeprecationWarnings"),
    };
}

/** A kubeconfig is text, a path, or the object itself. */
function choiceOf(given: PlainMap): ClusterChoice {
    const { kubeconfig } = given;
    return {
        kubeconfig:
            typeof kubeconfig === "string" || kubeconfig === undefined || kubeconfig === null
                ? (kubeconfig ?? undefined)
                : JSON.stringify(kubeconfig),
        context: text(given, "context") || undefined,
        cluster: text(given, "cluster") || undefined,
    };
}

/** Refuses what the stand-in can't do, and keeps the kubeconfig out of the plain state. */
export function checkConfig({ news }: CheckConfigRequest): CheckResponse {
    const given = toObject(news);
    const failures = [];
    if (given.renderYamlToDirectory !== undefined && given.renderYamlToDirectory !== "") {
        failures.push({
            property: "renderYamlToDirectory",
            reason: "rendering YAML isn't part of the sandbox's stand-in for the Kubernetes plugin",
        });
    }
    if (given.enableServerSideApply === false || given.enableServerSideApply === "false") {
        failures.push({
            property: "enableServerSideApply",
            reason: "only server-side apply is part of the sandbox's stand-in for the Kubernetes plugin; leave it on",
        });
    }
    const { kubeconfig } = news;
    const plain = kubeconfig === undefined || kubeconfig instanceof Secret || kubeconfig instanceof Unknown;
    return { inputs: plain ? news : { ...news, kubeconfig: new Secret(kubeconfig) }, failures };
}

/**
 * Does a change of the provider replace it, and so all its resources? Only when it leads to another cluster: when the active
 * cluster of the kubeconfig changes, or, where `clusterIdentifier` is set before and after, when that changes.
 */
export function diffConfig(request: DiffRequest): DiffResponse {
    const olds = toObject(request.olds);
    const news = toObject(request.news);
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => !sameValue(olds[key], news[key]) || news[key] instanceof Unknown,
    );
    if (changed.length === 0) {
        return { changes: "none", replaces: [], diffs: [] };
    }
    const identified = news[IDENTIFIER] !== undefined && sameValue(olds[IDENTIFIER], news[IDENTIFIER]);
    const replaces =
        olds[IDENTIFIER] !== undefined && news[IDENTIFIER] !== undefined && !identified ? [IDENTIFIER] : [];
    const unknown = clusterKeys.find((key) => news[key] instanceof Unknown);
    if (unknown !== undefined) {
        return { changes: "some", diffs: [unknown], replaces: identified ? [] : [...replaces, unknown] };
    }
    const before = activeCluster(choiceOf(olds));
    const after = activeCluster(choiceOf(news));
    if (before !== undefined && after !== undefined && JSON.stringify(before) !== JSON.stringify(after)) {
        replaces.push(...clusterKeys.filter((key) => changed.includes(key)));
    }
    return { changes: "some", diffs: changed, replaces: identified ? [] : replaces };
}
