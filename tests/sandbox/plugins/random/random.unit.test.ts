import { compareSync } from "bcryptjs";
import { expect } from "chai";
import { randomPlugin } from "../../../../sandbox/plugins/random/plugin";
import { type PropertyMap, type ResourceProvider, Secret } from "../../../../sandbox/plugins/provider/types";

const types = {
    RandomPassword: "random:index/randomPassword:RandomPassword",
    RandomString: "random:index/randomString:RandomString",
    RandomBytes: "random:index/randomBytes:RandomBytes",
    RandomId: "random:index/randomId:RandomId",
};

const identity = (type: string) => ({ urn: `urn:pulumi:test::test::${type}::it`, type, name: "it" });

async function start(): Promise<ResourceProvider> {
    const provider = randomPlugin.create({ log: () => undefined });
    await provider.configure({ args: {}, variables: {} });
    return provider;
}

async function checked(provider: ResourceProvider, type: string, news: PropertyMap): Promise<PropertyMap> {
    const request = { ...identity(type), olds: {}, news, randomSeed: new Uint8Array() };
    const { inputs, failures } = await provider.check(request);
    expect(failures).to.deep.equal([]);
    return inputs;
}

async function create(provider: ResourceProvider, type: string, news: PropertyMap) {
    const inputs = await checked(provider, type, news);
    const created = await provider.create({ ...identity(type), inputs, timeout: 0, preview: false });
    return { ...created, inputs };
}

const open = (value: unknown): string =>
    value instanceof Secret && typeof value.value === "string" ? value.value : "not a secret";

describe("the stand-in for random", () => {
    it("makes a password that nobody reads in the state, with its hash", async () => {
        const { id, properties } = await create(await start(), types.RandomPassword, { length: 16, special: false });
        expect(id).to.equal("none");
        expect(open(properties.result)).to.match(/^[A-Za-z0-9]{16}$/);
        expect(compareSync(open(properties.result), open(properties.bcryptHash))).to.equal(true);
    });

    it("makes strings, bytes and ids", async () => {
        const provider = await start();
        expect((await create(provider, types.RandomString, { length: 4 })).properties.result).to.have.lengthOf(4);
        const bytes = (await create(provider, types.RandomBytes, { length: 8 })).properties;
        expect(Buffer.from(open(bytes.base64), "base64").toString("hex")).to.equal(open(bytes.hex));
        const made = await create(provider, types.RandomId, { byteLength: 4, prefix: "p-" });
        expect(made.properties.hex).to.equal(`p-${Buffer.from(made.id, "base64url").toString("hex")}`);
    });

    it("finds on a refresh what was", async () => {
        const provider = await start();
        for (const type of Object.values(types)) {
            const { id, properties, inputs } = await create(provider, type, {
                ...(type === types.RandomId ? { byteLength: 4 } : { length: 4 }),
                keepers: { of: "it" },
            });
            const read = await provider.read({ ...identity(type), id, properties, inputs });
            expect(read, type).to.deep.equal({ id, properties, inputs });
        }
    });

    it("refuses what can't be made", async () => {
        const provider = await start();
        const request = { ...identity(types.RandomPassword), olds: {}, randomSeed: new Uint8Array() };
        const reasons = async (news: PropertyMap) =>
            (await provider.check({ ...request, news })).failures.map(({ reason }) => reason);
        expect((await reasons({}))[0]).to.contain('needs "length"');
        expect((await reasons({ length: 0 }))[0]).to.contain("at least 1, got 0");
        expect((await reasons({ lenght: 3, length: 3 }))[0]).to.contain("Nearest known one: length");
    });
});
