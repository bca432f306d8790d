import { expect } from "chai";
import { stacks } from "../../support/stacks";
import { check, refusal } from "../support/check";
import { type Launch, launchesOfImage } from "../support/containers";
import { mappedArgs, mappedFiles } from "../support/mapped";
import { objectsOf } from "../support/objects";

/** The controllers that run Loki in each stack; none where there are no logs. */
const processes: Record<string, string[]> = {
    dev: ["loki"],
    prod: ["loki-backend", "loki-read", "loki-write"],
    local: ["loki-backend", "loki-read", "loki-write"],
    "profile standard": ["loki"],
    "profile perch": ["loki"],
    "profile kup6s": ["loki-backend", "loki-read", "loki-write"],
    "profile severed": ["loki"],
    "profile urlshortener": ["loki"],
    "profile acd": [],
};

/** As the container starts, only that it ends after reading its configuration. */
function verify(launch: Launch, change: (text: string) => string = (text) => text): Promise<string> {
    const files = Object.fromEntries(Object.entries(mappedFiles(launch)).map(([name, text]) => [name, change(text)]));
    return check("loki", [...mappedArgs(launch), "-verify-config"], files, { env: launch.env });
}

async function lokiOf(stack: string): Promise<Launch[]> {
    return launchesOfImage(await objectsOf(stack), "loki");
}

describe("Loki in each stack, as Loki sees it", function () {
    this.timeout(600_000);

    it("is spoken of below for every stack", () => {
        expect(Object.keys(processes)).to.have.members(Object.keys(stacks));
    });

    for (const [stack, expected] of Object.entries(processes)) {
        it(`K-52 K-65: is accepted in ${stack}: ${expected.join(", ") || "no Loki"}`, async () => {
            const launches = await lokiOf(stack);
            expect(launches.map(({ name }) => name)).to.have.members(expected.map((name) => `${name}/loki`));
            await Promise.all(
                launches.map(async (launch) => {
                    expect(await verify(launch), launch.name).to.include("config is valid");
                }),
            );
        });
    }

    it("would not be accepted with an unknown key, an unknown flag or an impossible value", async () => {
        const [launch] = await lokiOf("profile standard");
        expect(await refusal(verify(launch!, (text) => `${text}no_such_key: 1\n`))).to.include("no_such_key");
        const flagged = { ...launch!, args: [...launch!.args, "-no.such-flag"] };
        expect(await refusal(verify(flagged))).to.include("no.such-flag");
        const unsupported = await refusal(verify(launch!, (text) => text.replace("schema: v13", "schema: v12")));
        expect(unsupported).to.include("schema v13 is required");
    });
});
