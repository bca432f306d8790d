import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import main from "../index";
import { profileSettings } from "./config/settings";
import { answered } from "./support/config";
import { outputKeys } from "./support/outputs";
import { given, required } from "./support/stacks";

/** `@pulumi/pulumi/log`, whose types don't let a function be replaced. */
interface Log {
    info: (message: string) => Promise<void>;
}

const log = createRequire(__filename)("@pulumi/pulumi/log") as Log;

/** What a stack file with `profile` has the program return, and tell the user. */
async function run(profile: string): Promise<{ outputs: object; told: string[] }> {
    const told: string[] = [];
    const { info } = log;
    log.info = (message) => Promise.resolve(void told.push(message));
    const values = Object.entries(answered({ profile, ...required, ...given })).map(([key, value]) => [
        `perch:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
    try {
        const outputs = await main();
        await pulumi.runtime.disconnect();
        return { outputs, told };
    } finally {
        log.info = info;
        pulumi.runtime.setAllConfig({});
    }
}

describe("The program", () => {
    let ran: Awaited<ReturnType<typeof run>>;

    before(async () => {
        ran = await run("severed");
    });

    it("D-13: tells which parts of the profile's document aren't there", () => {
        const { absent } = profileSettings("severed");
        expect(absent).to.not.have.length(0);
        expect(ran.told).to.deep.equal(absent.map((part) => `Missing from profile severed: ${part}`));
    });

    it("D-08: gives exactly the outputs of its parts", () => {
        expect(ran.outputs).to.have.all.keys(...outputKeys);
    });
});
