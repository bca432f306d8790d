import { isMap, type Plain, pluck, text } from "./objects";

/** The API server's answer to a request that it refused: its `Status` object. */
export class ApiError extends Error {
    public override readonly name = "ApiError";

    public constructor(
        message: string,
        /** HTTP status. */
        public readonly code: number,
        /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, ...; empty where it gave none. */
        public readonly reason: string,
        /** Kind of the object that the error is about, in the plural and lower case. */
        public readonly kind: string,
    ) {
        super(message);
    }
}

/** The server can't be reached, or what answers isn't one. */
export class ConnectionError extends Error {
    public override readonly name = "ConnectionError";
}

/** The API server doesn't know this kind; mostly the definition of a custom resource is missing. */
export class NoSuchKindError extends Error {
    public override readonly name = "NoSuchKindError";
}

export function apiError(code: number, body: Plain | undefined, raw: string): ApiError {
    if (isMap(body) && body.kind === "Status") {
        return new ApiError(text(body, "message"), code, text(body, "reason"), text(pluck(body, "details"), "kind"));
    }
    return new ApiError(`the API server answered ${code}: ${raw.slice(0, 500).trim()}`, code, "", "");
}

const hasReason = (error: unknown, reason: string, code: number): boolean =>
    error instanceof ApiError && (error.reason === reason || (error.reason === "" && error.code === code));

export const isNotFound = (error: unknown): boolean => hasReason(error, "NotFound", 404);
export const isAlreadyExists = (error: unknown): boolean =>
    error instanceof ApiError && error.reason === "AlreadyExists";
export const isConflict = (error: unknown): boolean => error instanceof ApiError && error.reason === "Conflict";
export const isForbidden = (error: unknown): boolean => hasReason(error, "Forbidden", 403);
export const isInvalid = (error: unknown): boolean => hasReason(error, "Invalid", 422);

export function isNamespaceNotFound(error: unknown): boolean {
    return error instanceof ApiError && isNotFound(error) && error.kind === "namespaces";
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
