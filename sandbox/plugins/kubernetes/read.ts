import type { ReadRequest, ReadResponse } from "../provider/types";
import { ProviderError } from "../provider/types";
import { isNotFound, messageOf, NoSuchKindError } from "./api-error";
import { checkOnRead, NotReadyError } from "./await";
import { partialFailure } from "./failures";
import { fieldManagerName } from "./field-managers";
import { normalizeInputs } from "./normalize";
import {
    apiVersionOf,
    copyOf,
    type GroupVersionKind,
    groupVersion,
    kindOf,
    nameOf,
    namespaceOf,
    parseId,
    type PlainMap,
    removePath,
    setMetadata,
} from "./objects";
import { pruneMap } from "./prune";
import { kindOfToken, type Session } from "./session";
import { rowOf } from "./table";
import { readCheckpoint, toInputs, toObject, writeCheckpoint } from "./values";

const gone: ReadResponse = { id: "", properties: {}, inputs: {} };

/** Annotations that controllers and kubectl write. */
const foreignAnnotations = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/** Source: `Read` of the official plugin, where the cluster can't be reached. */
function readUnreachable(session: Session, request: ReadRequest): ReadResponse {
    const { settings, unreachableReason } = session;
    session.log("warning", `configured Kubernetes cluster is unreachable: ${unreachableReason}`, request.urn);
    if (settings.deleteUnreachable) {
        return gone;
    }
    if (settings.skipUpdateUnreachable) {
        return { id: request.id, properties: request.properties, inputs: request.inputs };
    }
    throw new ProviderError(
        "failed to read resource state due to unreachable cluster. If the cluster was deleted, you can remove this " +
            "resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment " +
            'variable set to "true"',
        "unavailable",
    );
}

/** What names the object when the state has nothing yet, as for an import. */
function identify(inputs: PlainMap, live: PlainMap, gvk: GroupVersionKind, id: string): void {
    const { namespace, name } = parseId(id);
    inputs.apiVersion = apiVersionOf(live) || groupVersion(gvk);
    inputs.kind = kindOf(live) || gvk.kind;
    if (nameOf(inputs) === "") {
        setMetadata(inputs, "name", name);
    }
    if (namespaceOf(inputs) === "" && namespace !== "") {
        setMetadata(inputs, "namespace", namespace);
    }
}

/**
 * The inputs that a program would write to get the live object. Only for kinds of Kubernetes itself: for custom resources the
 * official plugin, too, has nothing but their identity.
 */
function importedInputs(live: PlainMap, pruned: PlainMap, gvk: GroupVersionKind): PlainMap {
    if (rowOf(gvk) === undefined) {
        return pruned;
    }
    const inputs = copyOf(live);
    removePath(inputs, "status");
    for (const field of ["creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"]) {
        removePath(inputs, "metadata", field);
    }
    for (const name of foreignAnnotations) {
        removePath(inputs, "metadata", "annotations", name);
    }
    return inputs;
}

/** Reads the live object: for a refresh cut down to what the inputs have, for an import as a whole. */
export async function read(session: Session, request: ReadRequest): Promise<ReadResponse> {
    const gvk = kindOfToken(request.type);
    if (!session.isReachable) {
        return readUnreachable(session, request);
    }
    const state = readCheckpoint(request.properties);
    const oldInputs = normalizeInputs(toObject(request.inputs));
    const isImport = kindOf(oldInputs) === "" && kindOf(state.live) === "";
    if (kindOf(oldInputs) === "") {
        identify(oldInputs, state.live, gvk, request.id);
    }
    let live: PlainMap;
    try {
        live = await session.cluster.get(oldInputs, parseId(request.id).name);
    } catch (error) {
        if (isNotFound(error) || error instanceof NoSuchKindError) {
            return gone;
        }
        throw error;
    }
    const pruned = pruneMap(live, oldInputs);
    const inputs = isImport ? importedInputs(live, pruned, gvk) : pruned;
    const checkpoint = {
        inputs,
        live,
        initialApiVersion: state.initialApiVersion ?? apiVersionOf(oldInputs),
        fieldManager: fieldManagerName(oldInputs, state.fieldManager),
    };
    const properties = writeCheckpoint(checkpoint, request.inputs);
    const response = { id: request.id, properties, inputs: toInputs(inputs, request.inputs) };
    if (!isImport) {
        await checkOnRead(session.waitSetting(request.urn), oldInputs, live).catch((error: unknown) => {
            throw error instanceof NotReadyError
                ? partialFailure(request.id, messageOf(error), error, properties, response.inputs)
                : error;
        });
    }
    return response;
}
