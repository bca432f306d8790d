/** Codes of the OCI distribution specification, and of Docker's registry where that has none. */
export type ErrorCode =
    | "MANIFEST_UNKNOWN"
    | "BLOB_UNKNOWN"
    | "NAME_UNKNOWN"
    | "NAME_INVALID"
    | "DIGEST_INVALID"
    | "UNSUPPORTED"
    | "UNAVAILABLE"
    | "UNKNOWN";

/** A request that is refused: clients show the message. */
export class RegistryError extends Error {
    override readonly name = "RegistryError";

    constructor(
        /** Of HTTP. */
        readonly status: number,
        readonly code: ErrorCode,
        message: string,
    ) {
        super(message);
    }

    /** The body of the answer. */
    get body(): string {
        return JSON.stringify({ errors: [{ code: this.code, message: this.message }] });
    }
}
