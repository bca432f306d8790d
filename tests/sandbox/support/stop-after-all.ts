import { leaveNothing } from "./leave-nothing";

/** Of mocha: the tests of all files share one platform. */
export const mochaHooks = {
    async afterAll(this: Mocha.Context): Promise<void> {
        this.timeout(120_000);
        await leaveNothing();
    },
};
