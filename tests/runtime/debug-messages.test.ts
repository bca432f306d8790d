import { createRequire } from "node:module";
import { log } from "@pulumi/pulumi";
import { expect } from "chai";
import { spareDebugMessages } from "../../runtime/debug-messages";

/** A call to the engine. */
type LogCall = (request: { getMessage: () => string }, done: () => void) => void;

interface Store {
    readonly settings: { engine?: { log: LogCall } };
}

interface State {
    readonly getStore: () => Store;
    readonly withLocalStorage: <T>(action: () => T) => T;
}

const { getStore, withLocalStorage } = createRequire(__filename)("@pulumi/pulumi/runtime/state") as State;

/** What the engine gets of a debug message and an error. */
async function sent(): Promise<string[]> {
    spareDebugMessages();
    const messages: string[] = [];
    await withLocalStorage(async () => {
        getStore().settings.engine = {
            log: (request, done) => {
                messages.push(request.getMessage());
                done();
            },
        };
        await log.debug("detail");
        await log.error("fault");
    });
    return messages;
}

describe("Debug messages of the SDK", () => {
    const variable = "PULUMI_OPTION_DEBUG";
    const before = process.env[variable];

    afterEach(() => {
        if (before === undefined) {
            Reflect.deleteProperty(process.env, variable);
        } else {
            process.env[variable] = before;
        }
        spareDebugMessages();
    });

    it("aren't sent; all others are", async () => {
        Reflect.deleteProperty(process.env, variable);
        expect(await sent()).to.deep.equal(["fault"]);
    });

    it("are sent where the CLI's variable asks for them", async () => {
        process.env[variable] = "true";
        expect(await sent()).to.deep.equal(["detail", "fault"]);
    });
});
