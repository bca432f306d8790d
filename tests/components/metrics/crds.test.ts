import * as fs from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { crdFolder, crdNames, crdVersionAnnotation, readCrd } from "../../../components/metrics/crd-files";
import { MonitoringCrds } from "../../../components/metrics/crds";
import { pinned } from "../../../config/versions";
import { waitForRule } from "../../../sandbox/plugins/kubernetes/await/wait-for";
import type { PlainMap } from "../../../sandbox/plugins/kubernetes/objects";
import { withoutDescriptions } from "../../../scripts/update-crds";
import { deploy, kubeObjects } from "../../support/mocks";
import { once } from "./fixture";

const deployed = (ruler: boolean) => once(() => deploy((opts) => new MonitoringCrds("crds", { ruler }, opts)));
const withoutRuler = deployed(false);
const withRuler = deployed(true);

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

    it("are there when the API server serves them, before which an operator that starts leaves its controllers off", async () => {
        const { resources } = await withoutRuler();
        const rules = kubeObjects(resources).map(({ metadata }) => metadata.annotations?.["pulumi.com/waitFor"]);
        expect(rules).to.have.length(8);
        const rule = waitForRule(rules[0] ?? "");
        const lacks = (...conditions: PlainMap[]) => {
            const object = { apiVersion: "v1", kind: "CRD", metadata: { name: "c" }, status: { conditions } };
            return !rule.start({ object, before: undefined, status: () => undefined }, () => undefined).isReady();
        };
        expect([...new Set(rules)]).to.have.length(1);
        expect(lacks()).to.equal(true);
        const named = { type: "NamesAccepted", status: "True" };
        expect(lacks(named, { type: "Established", status: "False" })).to.equal(true);
        expect(lacks(named, { type: "Established", status: "True" })).to.equal(false);
    });

    const served = [
        "alertmanagerconfigs",
        "alertmanagers",
        "podmonitors",
        "probes",
        "prometheuses",
        "prometheusrules",
        "scrapeconfigs",
        "servicemonitors",
    ];
    for (const [which, stack, plurals] of [
        ["without a Ruler", withoutRuler, served],
        ["with one", withRuler, [...served, "thanosrulers"]],
    ] as const) {
        it(`are of the kinds that the operator serves, ${which}`, async () => {
            const { resources } = await stack();
            expect(kubeObjects(resources).map((o) => o.metadata.name)).to.have.members(
                plurals.map((name) => `${name}.monitoring.coreos.com`),
            );
        });
    }

    it("outlive the stack, because with a CRD every object of its kind goes", async () => {
        const { options } = await withoutRuler();
        const made = [...options.values()].filter((o) => o.type.endsWith(":CustomResourceDefinition"));
        expect(made).to.have.length(8);
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
