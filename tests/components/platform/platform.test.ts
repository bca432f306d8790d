import { expect } from "chai";
import { Platform } from "../../../components/platform/platform";
import { settingsSchema } from "../../../config/schema";
import { deploy, kubeObjects } from "../../support/mocks";

async function deployPlatform(platform: object, hostAccess = true, stack = "Blue/Green_1") {
    const settings = settingsSchema.parse({ cluster: { name: "test" }, platform });
    return deploy(
        (opts) =>
            new Platform("p", { stack, cluster: settings.cluster, settings: settings.platform, hostAccess }, opts),
    );
}

const namespaceType = "kubernetes:core/v1:Namespace";

describe("Platform", () => {
    it("K-03, K-15: makes the namespace, which enforces `restricted`, and one for what needs the host", async () => {
        const { resources } = await deployPlatform({});
        const levels = kubeObjects(resources)
            .filter((o) => o.kind === "Namespace")
            .map((o) => [o.metadata.name, o.metadata.labels?.["pod-security.kubernetes.io/enforce"]]);
        expect(levels).to.deep.equal([
            ["monitoring", "restricted"],
            ["monitoring-host", "privileged"],
        ]);
    });

    it("makes no namespace for the host where nothing needs it", async () => {
        const { resources } = await deployPlatform({}, false);
        expect(kubeObjects(resources).filter((o) => o.kind === "Namespace")).to.have.length(1);
    });

    it("K-16: makes a PriorityClass named by the stack, or none", async () => {
        const names = async (platform: object) =>
            kubeObjects((await deployPlatform(platform)).resources)
                .filter((o) => o.kind === "PriorityClass")
                .map((o) => o.metadata.name);
        expect(await names({})).to.deep.equal(["perch-blue-green-1"]);
        expect(await names({ priorityClass: "none" })).to.deep.equal([]);
    });

    it("is called by its stack, in what a label may hold, and no other stack is called so", async () => {
        const instance = async (stack: string) => (await deployPlatform({}, false, stack)).made.instance;
        const long = `feature-${"x".repeat(60)}`;
        expect(await instance("prod.eu.")).to.equal("perch-prod-eu");
        expect(await instance(long)).to.match(/^perch-feature-x{40}-[0-9a-f]{8}$/);
        expect(await instance(long)).to.not.equal(await instance(`${long}2`));
    });

    it("D-12: keeps its namespace with the data in it, exactly where data is protected; that for the host has none", async () => {
        const kept = async (protectData: boolean) =>
            [...(await deployPlatform({ protectData })).options.values()]
                .filter(({ type }) => type === namespaceType)
                .map(({ protect, retainOnDelete }) => ({ protect, retainOnDelete }));
        const [free, held] = [false, true].map((value) => ({ protect: value, retainOnDelete: value }));
        expect(await kept(true)).to.deep.equal([held, free]);
        expect(await kept(false)).to.deep.equal([free, free]);
    });

    it("D-12: takes the namespaces that a destroyed stack has kept back, only where told to", async () => {
        const imports = async (takeBack: boolean) =>
            [...(await deployPlatform({ takeBack })).options.values()]
                .filter(({ type }) => type === namespaceType)
                .map((options) => options.import);
        expect(await imports(true)).to.deep.equal(["monitoring", undefined]);
        expect(await imports(false)).to.deep.equal([undefined, undefined]);
    });

    it("leaves its neighbours' namespaces alone, their host namespaces too", async () => {
        const { made } = await deployPlatform({ neighbours: ["other"] });
        expect(made.monitoredNamespaces()).to.deep.equal({
            matchExpressions: [
                { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["other", "other-host"] },
            ],
        });
        expect((await deployPlatform({})).made.monitoredNamespaces()).to.deep.equal({});
    });
});
