import type { CheckRequest, CheckResponse } from "../provider/types";
import { Unknown } from "../provider/types";
import { annotations, isMap, namespaceOf, pluck, setMetadata } from "./objects";
import { normalizeInputs } from "./normalize";
import { adoptAutoname, autoname, hasGenerateName } from "./naming";
import { kindOfToken, type Session } from "./session";
import { toInputs, toObject } from "./values";

/** Fills in name and namespace. Whether the object is right is the API server's to say. */
export async function check(session: Session, request: CheckRequest): Promise<CheckResponse> {
    const gvk = kindOfToken(request.type);
    if (!session.isReachable && session.settings.skipUpdateUnreachable) {
        const message = "Cluster is unreachable but skipUpdateUnreachable flag is set to true, skipping...";
        session.log("warning", message, request.urn);
        return { inputs: request.olds, failures: [] };
    }
    const olds = toObject(request.olds);
    const inputs = normalizeInputs(toObject(request.news));
    const given = pluck(inputs, "metadata", "annotations");
    if (isMap(given) && Object.keys(given).some((name) => name.startsWith(annotations.autonamed))) {
        const message = `ignoring user-specified value for internal annotation "${annotations.autonamed}"`;
        session.log("warning", message, request.urn);
    }
    if (Object.keys(olds).length > 0) {
        adoptAutoname(inputs, olds);
    } else {
        autoname(inputs, request.name, request.randomSeed);
    }
    if (hasGenerateName(inputs)) {
        const reason = "the `.metadata.generateName` field is not supported in Server-Side Apply mode";
        return { inputs: request.news, failures: [{ property: "metadata.generateName", reason }] };
    }
    const isUnknown = pluck(inputs, "metadata", "namespace") instanceof Unknown;
    if (namespaceOf(inputs) === "" && !isUnknown && (await session.isNamespaced(gvk))) {
        setMetadata(inputs, "namespace", session.defaultNamespace);
    }
    return { inputs: toInputs(inputs, request.news), failures: [] };
}
