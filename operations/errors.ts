/** A problem that the user can act on: the message says it all, so it is shown without a stack trace. */
export class OperationError extends Error {
    override readonly name = "OperationError";
}
