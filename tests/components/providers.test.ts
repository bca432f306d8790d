import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
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

const root = path.resolve(__dirname, "../..");
const disabled = "pulumi:disable-default-providers";

/** What a file of the project says as configuration. */
function configOf(file: string): Record<string, unknown> {
    const { config = {} } = parse(readFileSync(path.join(root, file), "utf8")) as { config?: Record<string, unknown> };
    return config;
}

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

    it("know the cluster by its name: another kubeconfig, with a new token say, replaces no object", async () => {
        const { resources } = await deploy(() => makeProviders(settingsOf(answered(required))));
        const clusters = resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
        expect(clusters.map(({ name, inputs }) => [name, inputs.clusterIdentifier])).to.deep.equal([
            ["kubernetes", "test"],
            ["kubernetes-crds", "test"],
        ]);
    });

    it("are the only ones: the project has no default provider of their packages, whatever the stack", async () => {
        const all = new Set(await packages(settingsOf(answered(required))));
        expect(configOf("Pulumi.yaml")[disabled]).to.deep.equal({ value: [...all] });
        const stackFiles = readdirSync(root).filter((file) => /^Pulumi\.\w+\.yaml$/.test(file));
        expect(stackFiles).to.include("Pulumi.prod.yaml");
        for (const file of stackFiles) {
            expect(configOf(file), file).to.not.have.property(disabled);
        }
    });
});
