// An error inside an apply would otherwise leave its test green: mocha doesn't listen for it.
const rejected: unknown[] = [];
process.on("unhandledRejection", (reason) => {
    rejected.push(reason);
});

/** Root hooks of mocha; loaded by `.mocharc.json` and `.mocharc.rendered.json`. */
export const mochaHooks = {
    async afterEach(): Promise<void> {
        await new Promise(setImmediate);
        const [first] = rejected.splice(0);
        if (first !== undefined) {
            throw first instanceof Error
                ? first
                : new Error("rejected with something that is no Error", { cause: first });
        }
    },
};
