/** A problem that the user can act on: the message says it all, so it is shown without a stack trace. */
export class UserError extends Error {
    override readonly name = "UserError";
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
    return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The innermost message: `fetch` itself, for one, only says "fetch failed". */
export function rootMessageOf(thrown: unknown): string {
    return thrown instanceof Error && thrown.cause !== undefined ? rootMessageOf(thrown.cause) : messageOf(thrown);
}

/** Whether a thrown value is a system error with this code, e.g. `ENOENT`. */
export function hasCode(thrown: unknown, code: string): boolean {
    return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;
}
