/**
 * The SDK takes a stack trace for each of its promises, four for each property of a resource, and has the frames mapped to
 * the sources: half of the time that registering takes. It prints them for promises that never settle, and only where
 * `PULUMI_DEBUG_PROMISE_LEAKS` asks for that: elsewhere they stay empty here.
 */
import { createRequire } from "node:module";

/** The internal module `@pulumi/pulumi/runtime/debuggable`, which its types leave out. */
interface Debuggable {
    readonly debugPromiseLeaks: boolean;
    debuggablePromise: <T>(promise: Promise<T>, context?: unknown) => Promise<T>;
}

const debuggable = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as Debuggable;

const own = debuggable.debuggablePromise;

function withoutTrace<T>(promise: Promise<T>, context?: unknown): Promise<T> {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        return own(promise, context);
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}

/** Spares the traces in this process, unless they were asked for. */
export function sparePromiseTraces(): void {
    debuggable.debuggablePromise = debuggable.debugPromiseLeaks ? own : withoutTrace;
}
