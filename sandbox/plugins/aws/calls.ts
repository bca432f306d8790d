import { ProviderError } from "../provider/types";

interface ServiceFault {
    name: string;
    message: string;
    status: number | undefined;
}

function faultOf(error: unknown): ServiceFault {
    if (!(error instanceof Error)) {
        return { name: "Error", message: String(error), status: undefined };
    }
    const { $metadata: metadata } = error as { $metadata?: { httpStatusCode?: number } };
    return { name: error.name, message: error.message, status: metadata?.httpStatusCode };
}

/** Error codes by which S3 and IAM say that a thing, or a setting of it, isn't there. */
const absentCodes = [
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NotFound",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
];

/** Does the error say that the thing isn't there? */
export function isAbsent(error: unknown): boolean {
    return absentCodes.includes(faultOf(error).name);
}

/** Does the error have this code of the service? */
export function hasErrorCode(error: unknown, ...codes: string[]): boolean {
    return codes.includes(faultOf(error).name);
}

/** An error in the words of the official plugin: what was done to which thing, and the service's answer. */
export function failure(what: string, error: unknown, advice = ""): ProviderError {
    const { name, message, status } = faultOf(error);
    const answer = status === undefined ? message : `${name}: ${message} (HTTP ${status})`;
    return new ProviderError(`${what}: ${answer}${advice === "" ? "" : `. ${advice}`}`);
}

/** Sends a request; an error of the service names what was done. */
export async function attempt<T>(what: string, request: Promise<T>): Promise<T> {
    try {
        return await request;
    } catch (error) {
        throw failure(what, error);
    }
}

/** Reads something that may not be there. */
export async function find<T>(what: string, request: Promise<T>): Promise<T | undefined> {
    try {
        return await request;
    } catch (error) {
        if (isAbsent(error)) {
            return undefined;
        }
        throw failure(what, error);
    }
}

/** Deletes something that may be gone already. */
export async function remove(what: string, request: Promise<unknown>): Promise<void> {
    await find(what, request);
}
