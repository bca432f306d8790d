import { createRequire } from "node:module";
import { expect } from "chai";
import { sparePromiseTraces } from "../../runtime/promise-traces";

interface Debuggable {
    debugPromiseLeaks: boolean;
    readonly debuggablePromise: (promise: Promise<unknown>, context: string) => Promise<unknown>;
    readonly leakedPromises: () => [Set<unknown>, string];
}

const debuggable = createRequire(__filename)("@pulumi/pulumi/runtime/debuggable") as Debuggable;

/** What the SDK keeps of a promise. */
function traceOf(promise: Promise<unknown>): string {
    void debuggable.debuggablePromise(promise, "a test");
    return (promise as unknown as { _debugStackTrace: string })._debugStackTrace;
}

describe("Promises of the SDK", () => {
    afterEach(() => {
        debuggable.debugPromiseLeaks = false;
        sparePromiseTraces();
    });

    it("have no stack trace", () => {
        const limit = Error.stackTraceLimit;
        expect(traceOf(Promise.resolve())).to.equal("Error");
        expect(Error.stackTraceLimit).to.equal(limit);
        expect(limit).to.be.above(0);
    });

    it("have one where leaks of promises are looked for", () => {
        debuggable.debugPromiseLeaks = true;
        sparePromiseTraces();
        expect(traceOf(Promise.resolve())).to.include(__filename);
    });

    it("settle as they did, and count as leaks until then", async () => {
        let settle: (value: string) => void = () => undefined;
        const pending = new Promise<string>((resolve) => (settle = resolve));
        const watched = debuggable.debuggablePromise(pending, "a test");
        expect([...debuggable.leakedPromises()[0]]).to.include(pending);
        settle("value");
        expect(await watched).to.equal("value");
        const error = new Error("refused");
        const refused = debuggable.debuggablePromise(Promise.reject(error), "a test");
        expect(await refused.catch((reason: unknown) => reason)).to.equal(error);
    });
});
