import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { crdVersionAnnotation } from "../../components/metrics/crd-files";
import { pinned } from "../../config/versions";
import { inRunDir, projectRoot } from "../../sandbox/paths";
import { platformStatus, startPlatform } from "../../sandbox/platform";
import { ensureTools, moduleFiles, versions } from "../../sandbox/toolchain";
import { writeCrds } from "../../scripts/update-crds";
import { eventually, platformOptions } from "../sandbox/support/platform";
import { sandbox, stackOf } from "./support/deployment";
import { accountThings, stackCrds, kubectl, survivors } from "./support/inventory";
import { summary, touched } from "./support/output";
import { removeWithData } from "./support/prod";
import { committedConfig, type Stack } from "./support/stack";

/** The commit of the program that is deployed first: what is on the branch that a change goes to. */
const from = process.env.UPGRADE_FROM ?? "";

/** The project as it was at a commit, with the packages of today. */
function checkout(commit: string): string {
    const folder = inRunDir("earlier", commit);
    fs.mkdirSync(folder, { recursive: true });
    const archive = execFileSync("git", ["archive", commit], { cwd: projectRoot, maxBuffer: 2 ** 28 });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(folder, "node_modules"));
    return folder;
}

/** The stack is up as an earlier program has it: what must survive. */
async function expected(): Promise<{ objects: Record<string, string>; things: string[] }> {
    return { objects: await survivors(), things: await accountThings() };
}

async function expectSurvived(stack: Stack, { objects, things }: Awaited<ReturnType<typeof expected>>): Promise<void> {
    const stdout = await stack.up();
    expect(touched(stdout, "replaced")).to.deep.equal([]);
    expect(await survivors()).to.include(objects);
    expect(await accountThings()).to.include.members(things);
}

describe("An upgrade of the program under a running stack", () => {
    let stack: Stack;
    let earlier: Awaited<ReturnType<typeof expected>>;

    before(async function () {
        if (from === "") {
            // There is nothing to upgrade from on the branch itself.
            this.skip();
        }
        const project = checkout(from);
        stack = await stackOf("upgrade", committedConfig("prod", project), project);
        await stack.up();
        earlier = await expected();
        stack = await stackOf("upgrade", committedConfig("prod"));
    });

    after(async () => {
        if (from !== "") {
            await removeWithData(stack);
        }
    });

    it("replaces and deletes nothing that holds data, and nothing that is protected", async () => {
        await expectSurvived(stack, earlier);
    });

    it("has nothing left to do after that", async () => {
        expect(summary(await stack.ok("preview", "--diff", "--show-sames"))).to.have.all.keys("unchanged");
    });
});

describe("An upgrade of the operator and its CRDs under a running stack", () => {
    const deployed = pinned.prometheusOperator.deployed;
    let stack: Stack;
    let earlier: Awaited<ReturnType<typeof expected>>;
    let crds: Record<string, string>;
    let programs: Record<string, string>;

    /** The project with the operator's images and CRDs of the minor before. */
    async function withEarlierOperator(): Promise<string> {
        const folder = checkout("HEAD");
        const table = path.join(folder, "config", "versions.ts");
        const text = fs.readFileSync(table, "utf8");
        fs.writeFileSync(table, text.replaceAll(`"${deployed}"`, `"${versions.earlierOperator}"`));
        writeCrds(await moduleFiles("earlier-operator-crds"), path.join(folder, "components", "metrics", "crds"));
        return folder;
    }

    /** What the cluster says of each CRD of the stack. */
    async function crdField(jsonpath: string): Promise<Record<string, string>> {
        const text = await kubectl(
            "get",
            "crds",
            "--output",
            `jsonpath={range .items[*]}{.metadata.name} {${jsonpath}}{"\\n"}{end}`,
        );
        const lines = text.split("\n").flatMap((line): [string, string][] => {
            const [name = "", value = ""] = line.split(" ");
            return stackCrds.includes(name) ? [[name, value]] : [];
        });
        return Object.fromEntries(lines);
    }

    const crdVersions = () => crdField(`.metadata.annotations.${crdVersionAnnotation.replaceAll(".", "\\.")}`);
    const everyCrd = (version: string) => Object.fromEntries(stackCrds.map((name) => [name, version]));

    /** The program that runs as the stack's operator. */
    async function runningOperator(): Promise<string> {
        const running = (await platformStatus()).filter(({ name }) => name.startsWith("operator-monitoring-"));
        expect(running.map(({ healthy }) => healthy)).to.deep.equal([true]);
        return fs.readlinkSync(`/proc/${running[0]?.pid ?? 0}/exe`);
    }

    before(async () => {
        await sandbox();
        const tools = await ensureTools(["prometheus-operator", "earlier-prometheus-operator"]);
        programs = {
            [versions.earlierOperator]: fs.realpathSync(tools["earlier-prometheus-operator"]),
            [deployed]: fs.realpathSync(tools["prometheus-operator"]),
        };
        const options = await platformOptions();
        await startPlatform({ ...options, tools: { ...options.tools, otherOperators: programs } });
        const project = await withEarlierOperator();
        stack = await stackOf("operator-upgrade", committedConfig("prod", project), project);
        await stack.up();
        earlier = await expected();
        crds = await crdField(".metadata.uid");
        stack = await stackOf("operator-upgrade", committedConfig("prod"));
    });

    after(() => removeWithData(stack));

    it("starts from the minor before, its program and its CRDs", async () => {
        expect(await crdVersions()).to.deep.equal(everyCrd(versions.earlierOperator));
        expect(await runningOperator()).to.equal(programs[versions.earlierOperator]);
        expect(earlier.objects).to.include.keys(
            "StatefulSet monitoring/prometheus-perch",
            "PersistentVolumeClaim monitoring/prometheus-perch-db-prometheus-perch-0",
        );
    });

    it("replaces and deletes nothing that holds data, and no CRD", async () => {
        await expectSurvived(stack, earlier);
        expect(await crdVersions()).to.deep.equal(everyCrd(deployed));
        expect(await crdField(".metadata.uid")).to.deep.equal(crds);
        expect(await runningOperator()).to.equal(programs[deployed]);
    });

    it("gives the pods of the operator's StatefulSets the sidecar of its version", async () => {
        await eventually(async () => {
            const images = await kubectl(
                "get",
                "pods",
                "--namespace=monitoring",
                "--selector=app.kubernetes.io/managed-by=prometheus-operator",
                "--output=jsonpath={.items[*].spec.containers[*].image}",
            );
            const sidecars = images.split(" ").filter((image) => image.includes("prometheus-config-reloader"));
            expect([...new Set(sidecars)]).to.deep.equal([`${pinned.configReloader.repository}:v${deployed}`]);
        }, 120);
    });

    it("has nothing left to do after that", async () => {
        expect(summary(await stack.ok("preview", "--diff", "--show-sames"))).to.have.all.keys("unchanged");
    });
});
