import { beginEarly } from "../support/early";
import { needsAllParts } from "../support/parts";
import { testSettledPods } from "../support/settled";
import { testTargets } from "../support/targets";

describe("The stack with all further parts", () => {
    needsAllParts();
    testSettledPods();
    testTargets();

    after(() => {
        beginEarly("pods may go");
    });
});
