import { expect } from "chai";
import { configuration, versionOfArchive } from "../../../sandbox/toolchain/debian";

describe("toolchain: Debian packages", () => {
    it("takes of the machine's settings only how its sources are reached", () => {
        const machine = [
            'Acquire::http::Proxy "http://proxy.example.com:3128";',
            'Acquire::https "";',
            'Acquire::Check-Date "false";',
            'Acquire::AllowInsecureRepositories "1";',
            'Acquire::IndexTargets::deb::DEP-11::MetaKey "x";',
            'APT::Get::AllowUnauthenticated "1";',
            'APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb || true";',
            'Dir::State::lists "lists/";',
        ];
        const lines = configuration("/state", machine.join("\n")).split("\n");
        expect(lines.filter((line) => machine.includes(line))).to.deep.equal([machine[0], machine[1], machine[2]]);
        expect(lines).to.include.members([
            'Dir::Etc::main "/dev/null";',
            'Dir::Etc::parts "/dev/null";',
            'Dir::Etc::sourceparts "/state/sources";',
            'Dir::State "/state/state";',
            'Dir::Cache "/state/cache";',
            'APT::Get::AllowUnauthenticated "false";',
            'Acquire::AllowInsecureRepositories "false";',
        ]);
        expect(lines.join("\n")).not.to.contain("Invoke");
    });

    it("reads name and version of an archive", () => {
        expect(versionOfArchive("libssl3_3.0.22-1~deb12u2_amd64.deb")).to.deep.equal(["libssl3", "3.0.22-1~deb12u2"]);
        expect(versionOfArchive("zlib1g_1%3a1.2.13.dfsg-1_amd64.deb")).to.deep.equal(["zlib1g", "1:1.2.13.dfsg-1"]);
    });
});
