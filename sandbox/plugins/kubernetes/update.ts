import type { PropertyMap, UpdateRequest, UpdateResponse } from "../provider/types";
import { ProviderError } from "../provider/types";
import { isConflict, isForbidden, messageOf, NoSuchKindError } from "./api-error";
import { NotReadyError, timeoutOf, waitUntilReady } from "./await";
import { explainConflict, partialFailure } from "./failures";
import { applyIgnoreChanges, fieldManagerName, fixManagers, forcesPatch, relinquish } from "./field-managers";
import { normalizeInputs } from "./normalize";
import { apiVersionOf, copyOf, hasUnknown, idOf, nameOf, type PlainMap, setMetadata, text } from "./objects";
import { kindOfToken, type Session } from "./session";
import { isCrdKind, readCheckpoint, toObject, writeCheckpoint } from "./values";

/** Tries to write an object whose status a controller writes meanwhile. */
const WRITE_ATTEMPTS = 5;

/** Changes the object in the cluster; returns it as it was before and as it is now. */
async function send(
    session: Session,
    inputs: PlainMap,
    oldName: string,
    request: UpdateRequest,
    fieldManager: string,
): Promise<{ before: PlainMap; after: PlainMap }> {
    const { cluster, settings } = session;
    const dryRun = request.preview;
    const before = await cluster.get(inputs, oldName);
    if (isCrdKind(inputs)) {
        return { before, after: await replaceDefinition(session, inputs, before, request, fieldManager) };
    }
    const owned = dryRun ? before : await takeOwnFields(session, before, fieldManager);
    const sent = copyOf(inputs);
    applyIgnoreChanges(sent, owned, fieldManager, request.ignoreChanges);
    const force = forcesPatch(sent, owned, settings.enablePatchForce, dryRun);
    try {
        const applied = await cluster.apply(sent, { fieldManager, dryRun, force });
        return { before, after: session.heed(applied, request.urn) };
    } catch (error) {
        throw explainConflict(error, fieldManager);
    }
}

/** Takes over the fields that are ours under another manager's name. */
async function takeOwnFields({ cluster }: Session, live: PlainMap, fieldManager: string): Promise<PlainMap> {
    let before = live;
    for (let attempt = 1; ; attempt++) {
        try {
            return await fixManagers(cluster, before, fieldManager);
        } catch (error) {
            if (!isConflict(error) || attempt === WRITE_ATTEMPTS) {
                throw error;
            }
            before = await cluster.get(before);
        }
    }
}

/**
 * Puts a whole new definition in place of the old one: a patch can't take a version out. The API server writes the status of a
 * young definition meanwhile, so a conflict is tried again.
 */
async function replaceDefinition(
    session: Session,
    inputs: PlainMap,
    live: PlainMap,
    request: UpdateRequest,
    fieldManager: string,
): Promise<PlainMap> {
    const { cluster } = session;
    let before = live;
    for (let attempt = 1; ; attempt++) {
        const definition = copyOf(inputs);
        setMetadata(definition, "resourceVersion", text(before, "metadata", "resourceVersion"));
        try {
            const options = { fieldManager, dryRun: request.preview };
            return session.heed(await cluster.replace(definition, options), request.urn);
        } catch (error) {
            if (!isConflict(error) || attempt === WRITE_ATTEMPTS) {
                throw error;
            }
            before = await cluster.get(before);
        }
    }
}

/** The live object when an update failed. */
async function liveAfterFailure(session: Session, oldLive: PlainMap, urn: string, cause: unknown): Promise<PlainMap> {
    if (cause instanceof NoSuchKindError) {
        throw new ProviderError(
            `update of resource "${urn}" failed because the Kubernetes API server reported that the apiVersion for this ` +
                `resource does not exist. Verify that any required CRDs have been created: ${cause.message}`,
        );
    }
    try {
        return await session.cluster.get(oldLive);
    } catch (error) {
        throw new ProviderError(
            `update of resource "${urn}" failed: ${messageOf(cause)}\nunable to get cluster state: ${messageOf(error)}`,
        );
    }
}

/** Changes an object by server-side apply and waits until it is ready; a preview asks what would come out. */
export async function update(session: Session, request: UpdateRequest): Promise<UpdateResponse> {
    kindOfToken(request.type);
    const inputs = normalizeInputs(toObject(request.news));
    const unpreviewed: UpdateResponse = { properties: request.news };
    if (request.preview && (hasUnknown(inputs) || !(await session.isServed(inputs)))) {
        return unpreviewed;
    }
    const old = readCheckpoint(request.olds);
    const initialApiVersion = old.initialApiVersion ?? apiVersionOf(old.inputs);
    const oldManager = fieldManagerName(old.inputs, old.fieldManager);
    const fieldManager = fieldManagerName(inputs, old.fieldManager ?? oldManager);
    const checkpoint = (live: PlainMap): PropertyMap =>
        writeCheckpoint({ inputs, live, initialApiVersion, fieldManager }, request.news);
    try {
        const { before, after } = await send(session, inputs, nameOf(old.live), request, fieldManager);
        if (request.preview) {
            return { properties: checkpoint(after) };
        }
        const setting = session.waitSetting(request.urn);
        const live = await waitUntilReady(setting, inputs, after, before, timeoutOf(inputs, request.timeout));
        if (oldManager !== fieldManager) {
            await relinquish(session.cluster, live, oldManager);
        }
        return { properties: checkpoint(live) };
    } catch (error) {
        if (request.preview && isForbidden(error)) {
            return unpreviewed;
        }
        const seen =
            error instanceof NotReadyError
                ? error.object
                : await liveAfterFailure(session, old.live, request.urn, error);
        const message =
            `the Kubernetes API server reported that "${idOf(seen)}" failed to fully initialize or become live: ` +
            messageOf(error);
        throw partialFailure(idOf(seen), message, error, checkpoint(seen), request.news);
    }
}
