import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { crdFolder, crdNames, crdVersionAnnotation, readCrd } from "../../../components/metrics/crd-files";
import { MonitoringCrds } from "../../../components/metrics/crds";
import { pinned } from "../../../config/versions";
import { withoutDescriptions } from "../../../scripts/update-crds";
import { deploy, kubeObjects } from "../../support/mocks";

describe("MonitoringCrds", () => {
    it("are of the operator's pinned version, every one", () => {
        const versions = crdNames.map((name) => readCrd(name).metadata.annotations[crdVersionAnnotation]);
        expect(new Set(versions)).to.deep.equal(new Set([pinned.prometheusOperator.deployed]));
        const notice = fs.readFileSync(path.join(crdFolder, "NOTICE"), "utf8");
        expect(notice).to.include(`Prometheus Operator ${pinned.prometheusOperator.deployed},`).and.include("Apache");
    });

    it("are all that lie in the folder", () => {
        const files = fs.readdirSync(crdFolder).filter((file) => file !== "NOTICE");
        expect(files).to.have.members(crdNames.map((name) => `${name}.crd.json`));
    });

    it("stay below what an annotation of client-side apply could hold", () => {
        for (const name of crdNames) {
            expect(JSON.stringify(readCrd(name)).length, name).to.be.below(262_144);
        }
    });

    it("are ten objects that outlive the stack, because with a CRD every object of its kind goes", async () => {
        const { resources, options } = await deploy((opts) => new MonitoringCrds("crds", {}, opts));
        expect(kubeObjects(resources).map((o) => o.metadata.name)).to.have.members(
            crdNames.map((name) => `${name}.monitoring.coreos.com`),
        );
        const made = [...options.values()].filter((o) => o.type.endsWith(":CustomResourceDefinition"));
        expect(made).to.have.length(10);
        expect(made.every((o) => o.retainOnDelete && o.parent === "crds")).to.be.true;
    });
});

describe("withoutDescriptions", () => {
    it("drops texts and keeps a property that has that name", () => {
        const schema = {
            description: "text",
            properties: {
                description: { type: "string", description: "text" },
                properties: { description: "text", properties: { description: { type: "string" } } },
            },
            items: [{ description: "text", type: "object" }],
        };
        expect(withoutDescriptions(schema)).to.deep.equal({
            properties: {
                description: { type: "string" },
                properties: { properties: { description: { type: "string" } } },
            },
            items: [{ type: "object" }],
        });
    });
});
