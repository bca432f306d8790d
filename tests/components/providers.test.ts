import { expect } from "chai";
import { makeProviders } from "../../components/providers";
import type { Settings } from "../../config/load";
import { answered, settingsOf, stackFile } from "../support/config";
import { deploy } from "../support/mocks";
import { required } from "../support/stacks";

const compatible = { kind: "compatible", endpoint: "https://s3.example.com", region: "x" };
const keys = ["s3AccessKey", "s3SecretKey"];

/** Packages of the providers that a stack makes. */
async function packages(settings: Settings): Promise<string[]> {
    const { resources } = await deploy(() => makeProviders(settings));
    return resources.map(({ type }) => type.replace("pulumi:providers:", "")).sort();
}

const with3 = (objectStorage: object) => settingsOf(answered({ ...required, objectStorage }), keys);

describe("providers of a stack", () => {
    it("speak to the object storage where something is made there", async () => {
        const all = ["aws", "kubernetes", "kubernetes", "random", "tls"];
        expect(await packages(settingsOf(answered(required)))).to.deep.equal(all);
        expect(await packages(with3(compatible))).to.deep.equal(all);
        const accounts = { ...compatible, buckets: "existing", access: { kind: "user" } };
        expect(await packages(with3(accounts))).to.deep.equal(all);
    });

    it("ask for no credentials of AWS where nothing is made there: stack dev, buckets and keys that are there", async () => {
        expect(await packages(settingsOf(stackFile("dev"), [], "dev"))).to.not.include("aws");
        expect(await packages(with3({ ...compatible, buckets: "existing" }))).to.not.include("aws");
    });
});
