import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { linkOfficialPlugins } from "../../../sandbox/engine/official-plugins";
import { installPlugins, pluginFolder, resourcePlugins } from "../../../sandbox/engine/plugins";
import { inRunDir } from "../../../sandbox/paths";

describe("Official plugins of a PULUMI_HOME", () => {
    const shared = inRunDir("official", "shared");
    const home = inRunDir("official", "home");
    const random = resourcePlugins.filter(({ name }) => name === "random");
    const folderOf = (place: string) =>
        path.join(place, "plugins", pluginFolder(random[0] ?? { name: "", version: "" }));
    const program = (place: string) => path.join(folderOf(place), "pulumi-resource-random");

    before(() => {
        fs.mkdirSync(folderOf(shared), { recursive: true });
        fs.writeFileSync(program(shared), "official");
    });

    after(() => {
        fs.rmSync(inRunDir("official"), { recursive: true, force: true });
    });

    it("lie in a folder, not behind a link to one, which the engine would skip", () => {
        linkOfficialPlugins(home, random, shared);
        expect(fs.lstatSync(folderOf(home)).isDirectory()).to.equal(true);
        expect(fs.readFileSync(program(home), "utf8")).to.equal("official");
    });

    it("are whole after a stand-in has taken the place of one, and come back", async () => {
        await installPlugins(home, random, undefined);
        expect(fs.readFileSync(program(home), "utf8")).to.include("exec");
        expect(fs.readFileSync(program(shared), "utf8")).to.equal("official");
        linkOfficialPlugins(home, random, shared);
        expect(fs.readFileSync(program(home), "utf8")).to.equal("official");
    });
});
