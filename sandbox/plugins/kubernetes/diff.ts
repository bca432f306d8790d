import type { DiffRequest, DiffResponse, PropertyDiff } from "../provider/types";
import { ProviderError, Unknown } from "../provider/types";
import { isJobReady } from "./await";
import { isAutonamed, isNamed } from "./naming";
import { normalizeInputs } from "./normalize";
import {
    annotationOf,
    annotations,
    apiVersionOf,
    groupVersion,
    gvkOf,
    kindOf,
    nameOf,
    namespaceOf,
    type PlainMap,
    pluck,
    removePath,
    setMetadata,
} from "./objects";
import { detailedDiff, mergePatch } from "./patch-diff";
import { containsPath, parsePath } from "./property-path";
import { pruneMap } from "./prune";
import { kindOfToken, type Session } from "./session";
import { replaceOnChange } from "./table";
import { readCheckpoint, toObject } from "./values";

/** Objects without a namespace are in `default`; spelling that out is no change. */
function setCanonicalNamespace(object: PlainMap, namespaced: boolean): void {
    if (pluck(object, "metadata", "namespace") instanceof Unknown) {
        return;
    }
    setMetadata(object, "namespace", namespaced ? namespaceOf(object) || "default" : undefined);
}

function withoutIgnored(diff: Record<string, PropertyDiff>, ignoreChanges: string[]): Record<string, PropertyDiff> {
    const ignored = ignoreChanges.map((path) => {
        const steps = parsePath(path);
        if (steps === undefined) {
            throw new ProviderError(`ignoreChanges: "${path}" is not a property path`);
        }
        return steps;
    });
    return Object.fromEntries(
        Object.entries(diff).filter(([path]) => !ignored.some((outer) => containsPath(outer, parsePath(path) ?? []))),
    );
}

/** `pulumi.com/replaceUnready`: a Job that isn't complete is replaced. */
async function isUnready(session: Session, news: PlainMap, oldLive: PlainMap, urn: string): Promise<boolean> {
    if (annotationOf(news, annotations.replaceUnready) !== "true") {
        return false;
    }
    if (!session.isReachable) {
        session.log("warning", "Cluster is unreachable, skipping replaceUnready check", urn);
        return false;
    }
    if (kindOf(news) !== "Job") {
        session.log("warning", "replaceUnready annotation is not supported for this resource", urn);
        return false;
    }
    return session.cluster.get(oldLive).then(
        (job) => !isJobReady(job),
        () => false,
    );
}

/**
 * Compares the new inputs with the last known live object, cut down to the fields of the old inputs: so a change that
 * `refresh` has seen is repaired, and what the cluster added isn't touched.
 */
export async function diff(session: Session, request: DiffRequest): Promise<DiffResponse> {
    const gvk = kindOfToken(request.type);
    const { inputs, live: oldLive } = readCheckpoint(request.olds);
    const news = normalizeInputs(toObject(request.news));
    const olds = pruneMap(oldLive, normalizeInputs(inputs));
    const namespaced = await session.isNamespaced(gvk);
    setCanonicalNamespace(olds, namespaced);
    setCanonicalNamespace(news, namespaced);
    if (apiVersionOf(olds) === "" && kindOf(olds) === "") {
        Object.assign(olds, { apiVersion: groupVersion(gvk), kind: gvk.kind });
    }
    removePath(olds, "metadata", "resourceVersion");
    if (nameOf(news) !== "") {
        setMetadata(olds, "name", nameOf(oldLive));
    }
    const patch = mergePatch(olds, news);
    const { settings } = session;
    const paths = replaceOnChange(gvkOf(news), news.immutable === true, {
        configMap: settings.enableConfigMapMutable,
        secret: settings.enableSecretMutable,
    });
    const details = withoutIgnored(detailedDiff(patch, olds, news, paths), request.ignoreChanges);
    const replaces = Object.entries(details)
        .filter(([path, { kind }]) => kind.endsWith("-replace") || (kind === "delete" && path === "metadata"))
        .map(([path]) => path);
    if (await isUnready(session, news, oldLive, request.urn)) {
        replaces.push(`.metadata.annotations["${annotations.replaceUnready}"]`);
    }
    return {
        changes: Object.keys(details).length > 0 || replaces.length > 0 ? "some" : "none",
        replaces,
        stables: [],
        deleteBeforeReplace: replaces.length > 0 && isSameObject(news, oldLive),
        detailedDiff: details,
    };
}

/** Will the new object have the old one's name, so that both can't be there at once? */
function isSameObject(news: PlainMap, oldLive: PlainMap): boolean {
    return (
        isNamed(news) &&
        !isAutonamed(news) &&
        nameOf(news) === nameOf(oldLive) &&
        namespaceOf(news) === namespaceOf(oldLive)
    );
}
