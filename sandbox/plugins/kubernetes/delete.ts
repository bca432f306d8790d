import type { DeleteRequest } from "../provider/types";
import { ProviderError } from "../provider/types";
import { isNotFound, messageOf, NoSuchKindError } from "./api-error";
import { NotReadyError, timeoutOf, waitUntilGone } from "./await";
import { partialFailure } from "./failures";
import { annotationOf, annotations, idOf, parseId, type PlainMap } from "./objects";
import { kindOfToken, type Session } from "./session";
import { readCheckpoint, writeCheckpoint } from "./values";

/** What becomes of what the object owns; deleted first, unless the annotation says otherwise. */
function propagationOf(inputs: PlainMap): string {
    const policies: Record<string, string> = { orphan: "Orphan", background: "Background" };
    return policies[annotationOf(inputs, annotations.deletionPropagation).toLowerCase()] ?? "Foreground";
}

/** Deletes an object and waits until it is gone. One that isn't there, or whose kind isn't served any more, is gone. */
export async function remove(session: Session, request: DeleteRequest): Promise<void> {
    kindOfToken(request.type);
    const { settings } = session;
    if (!session.isReachable) {
        session.log(
            "warning",
            `configured Kubernetes cluster is unreachable: ${session.unreachableReason}`,
            request.urn,
        );
        if (settings.deleteUnreachable) {
            return;
        }
        throw new ProviderError(
            "configured Kubernetes cluster is unreachable. If the cluster was deleted, you can remove this resource from " +
                "Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable " +
                'set to "true"',
            "unavailable",
        );
    }
    const { inputs, live, initialApiVersion = "", fieldManager = "" } = readCheckpoint(request.properties);
    try {
        await session.cluster.remove(live, parseId(request.id).name, propagationOf(inputs));
        const setting = session.waitSetting(request.urn);
        await waitUntilGone(setting, inputs, live, timeoutOf(inputs, request.timeout));
    } catch (error) {
        if (isNotFound(error) || error instanceof NoSuchKindError) {
            return;
        }
        if (error instanceof NotReadyError) {
            const checkpoint = { inputs, live: error.object, initialApiVersion, fieldManager };
            const state = writeCheckpoint(checkpoint, request.properties);
            throw partialFailure(idOf(error.object), messageOf(error), error, state, request.oldInputs);
        }
        throw error;
    }
}
