import { setTimeout as sleep } from "node:timers/promises";
import { isMadeSince } from "../provider/resource-kind";
import type { CreateRequest, CreateResponse } from "../provider/types";
import { ProviderError } from "../provider/types";
import {
    ApiError,
    isAlreadyExists,
    isForbidden,
    isInvalid,
    isNamespaceNotFound,
    isNotFound,
    messageOf,
    NoSuchKindError,
} from "./api-error";
import { NotReadyError, timeoutOf, waitUntilReady } from "./await";
import { EXISTS_HELP, explainConflict, partialFailure } from "./failures";
import { CREATE_MANAGER, fieldManagerName, forcesPatch } from "./field-managers";
import { uniqueName } from "./naming";
import {
    apiVersionOf,
    groupVersion,
    hasUnknown,
    idOf,
    nameOf,
    type PlainMap,
    removePath,
    setMetadata,
    text,
} from "./objects";
import { kindOfToken, type Session } from "./session";
import { isCrdKind, toObject, writeCheckpoint } from "./values";

/**
 * Pauses between tries while the namespace, or the definition of a custom resource, isn't there yet: about as long in all as
 * the official plugin waits, with a quick start, as definitions are served within a second.
 */
const RETRY_SECONDS = [0.1, 0.2, 0.5, 1, 2, 4, 8, 16];

/** Is the object there, made since an earlier run began to create it? One that is older is somebody else's. */
async function isHalfMade({ cluster }: Session, inputs: PlainMap, { begun }: CreateRequest): Promise<boolean> {
    if (begun === undefined) {
        return false;
    }
    try {
        const live = await cluster.getMetadata(inputs);
        return isMadeSince(new Date(text(live, "metadata", "creationTimestamp")), begun);
    } catch (error) {
        if (isNotFound(error) || error instanceof NoSuchKindError) {
            return false;
        }
        throw error;
    }
}

/** Sends the object once; in a preview as a dry run. */
async function send(
    session: Session,
    inputs: PlainMap,
    request: CreateRequest,
    fieldManager: string,
): Promise<PlainMap> {
    const { cluster, settings } = session;
    const dryRun = request.preview;
    const halfMade = await isHalfMade(session, inputs, request);
    if (!settings.upsertExistingObjects && !halfMade) {
        return session.heed(await cluster.create(inputs, { fieldManager: CREATE_MANAGER, dryRun }), request.urn);
    }
    const force = halfMade || forcesPatch(inputs, undefined, settings.enablePatchForce, dryRun);
    const options = { fieldManager, dryRun, force };
    try {
        return session.heed(await cluster.apply(inputs, options), request.urn);
    } catch (error) {
        if (!dryRun || !isInvalid(error) || !messageOf(error).includes("field is immutable")) {
            throw explainConflict(error, fieldManager);
        }
    }
    // A replacement in a preview: the old object is still there, so its successor is tried under another name.
    const name = nameOf(inputs);
    setMetadata(inputs, "name", uniqueName(name));
    try {
        const result = session.heed(await cluster.apply(inputs, options), request.urn);
        setMetadata(result, "name", name);
        return result;
    } finally {
        setMetadata(inputs, "name", name);
    }
}

/** Sends the object until what it needs is there. */
async function sendWithRetry(
    session: Session,
    inputs: PlainMap,
    request: CreateRequest,
    fieldManager: string,
): Promise<PlainMap> {
    const pauses = request.preview ? [] : [...RETRY_SECONDS];
    for (;;) {
        try {
            return await send(session, inputs, request, fieldManager);
        } catch (error) {
            const pause = isNotFound(error) || error instanceof NoSuchKindError ? pauses.shift() : undefined;
            if (pause === undefined || session.cancelled.aborted) {
                throw error;
            }
            session.statusOf(request.urn)("info", `Retrying; creation failed: ${messageOf(error)}`);
            await sleep(pause * 1000);
        }
    }
}

/** Refusals of a dry run that don't mean that the real request will be refused. */
function isPreviewOnly(error: unknown): boolean {
    const noDryRun =
        error instanceof ApiError && error.code === 400 && error.message.includes("does not support dry run");
    return isForbidden(error) || isNamespaceNotFound(error) || isAlreadyExists(error) || noDryRun;
}

function creationError(error: unknown, { urn, type }: CreateRequest): Error {
    if (error instanceof NoSuchKindError) {
        const gvk = kindOfToken(type);
        return new ProviderError(
            `creation of resource "${urn}" with kind ${groupVersion(gvk)}/${gvk.kind} failed because the Kubernetes API ` +
                "server reported that the apiVersion for this resource does not exist. Verify that any required CRDs " +
                `have been created: ${error.message}`,
        );
    }
    const help = isAlreadyExists(error) ? EXISTS_HELP : "";
    return new ProviderError(
        `resource "${urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}${help}`,
    );
}

/**
 * Makes an object and waits until it is ready. A preview asks the API server what would come out, unless the object has unknown
 * parts, or kind, namespace or cluster aren't there yet: then the outcome is the inputs.
 */
export async function create(session: Session, request: CreateRequest): Promise<CreateResponse> {
    kindOfToken(request.type);
    const inputs = toObject(request.inputs);
    const unpreviewed: CreateResponse = { id: "", properties: request.inputs };
    if (request.preview && (hasUnknown(inputs) || !(await session.isServed(inputs)))) {
        return unpreviewed;
    }
    const initialApiVersion = apiVersionOf(inputs);
    const fieldManager = fieldManagerName(inputs, undefined);
    const checkpoint = (live: PlainMap): CreateResponse["properties"] =>
        writeCheckpoint({ inputs, live, initialApiVersion, fieldManager }, request.inputs);
    const failure = (error: unknown, seen: PlainMap): Error => {
        const message =
            `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it failed to ` +
            `fully initialize or become live: ${messageOf(error)}`;
        return partialFailure(idOf(seen), message, error, checkpoint(seen), request.inputs);
    };
    let made: PlainMap;
    try {
        made = await sendWithRetry(session, inputs, request, fieldManager);
    } catch (error) {
        if (request.preview && isPreviewOnly(error)) {
            return unpreviewed;
        }
        if (error instanceof NotReadyError && !request.preview) {
            throw failure(error, error.object);
        }
        throw creationError(error, request);
    }
    if (request.preview) {
        removePath(made, "status");
        return { id: "", properties: checkpoint(made) };
    }
    if (isCrdKind(inputs)) {
        session.cluster.discovery.reset();
    }
    try {
        const setting = session.waitSetting(request.urn);
        const live = await waitUntilReady(setting, inputs, made, undefined, timeoutOf(inputs, request.timeout));
        return { id: idOf(live), properties: checkpoint(live) };
    } catch (error) {
        throw failure(error, error instanceof NotReadyError ? error.object : made);
    }
}
