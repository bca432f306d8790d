import { expect } from "chai";
import { type ResourceKind, text } from "../../../../sandbox/plugins/provider/resource-kind";
import { TableProvider } from "../../../../sandbox/plugins/provider/table-provider";
import { type PropertyMap, Secret, UNKNOWN } from "../../../../sandbox/plugins/provider/types";

/** A service with one thing, as the calls left it. */
interface Service {
    thing: Record<string, string | boolean> | undefined;
}

const kind: ResourceKind<Service> = {
    inputs: {
        name: { replaces: true },
        color: { required: true },
        force: { default: false, unreadable: true },
        rules: { computed: true },
    },
    outputs: ["arn", "password"],
    secretOutputs: ["password"],
    name: { input: "name" },
    create: (inputs, service) => {
        service.thing = { name: text(inputs.name), color: text(inputs.color) };
        return Promise.resolve({ id: text(inputs.name), outputs: { arn: "arn:x", password: "pw" } });
    },
    read: (id, _state, service) =>
        Promise.resolve(
            service.thing && {
                id,
                inputs: { name: id, color: service.thing.color ?? "", rules: "from elsewhere" },
                outputs: { arn: "arn:x", password: "pw" },
            },
        ),
    update: (_id, inputs, _olds, service) => {
        service.thing = { ...service.thing, color: text(inputs.color) };
        return Promise.resolve({});
    },
    delete: (_id, _state, service) => {
        service.thing = undefined;
        return Promise.resolve();
    },
};

const type = "test:index/thing:Thing";
const identity = { urn: `urn:pulumi:test::test::${type}::thing`, type, name: "thing" };

async function setUp() {
    const service: Service = { thing: undefined };
    const provider = new TableProvider<Service>({
        name: "test",
        version: "1.0.0",
        kinds: { [type]: kind },
        config: ["region"],
        configure: () => Promise.resolve(service),
    });
    await provider.configure({ args: {}, variables: {} });
    const check = (news: PropertyMap, olds: PropertyMap = {}) =>
        provider.check({ ...identity, olds, news, randomSeed: new Uint8Array([1]) });
    const diff = (oldInputs: PropertyMap, news: PropertyMap) =>
        provider.diff({ ...identity, id: "x", olds: {}, oldInputs, news, ignoreChanges: [] });
    const create = (inputs: PropertyMap, preview = false) =>
        provider.create({ ...identity, inputs, timeout: 0, preview });
    return { service, provider, check, diff, create };
}

describe("a provider made of a table", () => {
    it("refuses what it doesn't know and names the nearest known", async () => {
        const { provider, check } = await setUp();
        const { failures } = await check({ colour: "red" });
        expect(failures.map(({ property }) => property)).to.deep.equal(["colour", "color"]);
        expect(failures[0]!.reason).to.contain('doesn\'t know "colour"').and.contain("Nearest known one: color");
        const config = await provider.checkConfig({ urn: "", olds: {}, news: { regoin: "x", version: "1" } });
        expect(config.failures.map(({ property }) => property)).to.deep.equal(["regoin"]);
        expect(() =>
            provider.check({ ...identity, type: "test:x:Y", olds: {}, news: {}, randomSeed: new Uint8Array() }),
        ).to.throw("doesn't know the resource type test:x:Y");
    });

    it("names by the logical name and keeps the name", async () => {
        const { check } = await setUp();
        const first = await check({ color: "red" });
        expect(first.inputs.name).to.match(/^thing-[0-9a-f]{7}$/);
        expect((await check({ color: "red" })).inputs.name).to.equal(first.inputs.name);
        expect((await check({ color: "blue" }, { name: "thing-old" })).inputs.name).to.equal("thing-old");
    });

    it("replaces by the rules and updates the rest", async () => {
        const { diff } = await setUp();
        expect((await diff({ name: "a", color: "red" }, { name: "b", color: "red" })).replaces).to.deep.equal(["name"]);
        const update = await diff({ name: "a", color: "red" }, { name: "a", color: "blue" });
        expect(update).to.deep.include({ changes: "some", replaces: [], diffs: ["color"] });
        expect((await diff({ name: "a", color: "red" }, { name: "a", color: "red", force: false })).changes).to.equal(
            "none",
        );
        expect((await diff({ name: "a", color: "red", rules: "x" }, { name: "a", color: "red" })).changes).to.equal(
            "none",
        );
    });

    it("says in a preview what it doesn't know yet, and changes nothing", async () => {
        const { service, create } = await setUp();
        const { id, properties } = await create({ name: "a", color: UNKNOWN }, true);
        expect({ id, properties }).to.deep.equal({
            id: "",
            properties: { name: "a", color: UNKNOWN, arn: UNKNOWN, password: UNKNOWN },
        });
        expect(service.thing).to.equal(undefined);
    });

    it("keeps secrets secret in what it gives back", async () => {
        const { provider, create } = await setUp();
        const inputs = { name: "a", color: new Secret("red") };
        const { id, properties } = await create(inputs);
        expect(properties.color).to.deep.equal(new Secret("red"));
        expect(properties.password).to.deep.equal(new Secret("pw"));
        const read = await provider.read({ ...identity, id, properties, inputs });
        expect(read.inputs).to.deep.equal({ name: "a", color: new Secret("red") });
        expect(read.properties.password).to.deep.equal(new Secret("pw"));
    });

    it("sees drift, keeps what can't be read, and leaves to others what is theirs", async () => {
        const { service, provider, create } = await setUp();
        const inputs = { name: "a", color: "red", force: true };
        const { id, properties } = await create(inputs);
        service.thing = { name: "a", color: "blue" };
        const read = await provider.read({ ...identity, id, properties, inputs });
        expect(read.inputs).to.deep.equal({ name: "a", color: "blue", force: true });
    });

    it("tells an import all inputs, and what is gone by an empty id", async () => {
        const { service, provider } = await setUp();
        const request = { ...identity, id: "a", properties: {}, inputs: {} };
        expect((await provider.read(request)).id).to.equal("");
        service.thing = { name: "a", color: "red" };
        expect((await provider.read(request)).inputs).to.deep.equal({
            name: "a",
            color: "red",
            force: false,
            rules: "from elsewhere",
        });
    });
});
