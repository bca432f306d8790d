import * as fs from "node:fs";
import * as path from "node:path";
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { projectRoot } from "../../sandbox/paths";
import { applyOperatorCrds } from "../sandbox/support/operator";
import { eventually } from "../sandbox/support/platform";
import { account, core } from "./support/deployment";
import { accountThings, clusterObjects } from "./support/inventory";
import { summary } from "./support/output";
import { prod, prodNamespace, removeWithData } from "./support/prod";
import type { Stack } from "./support/stack";

/** The commands of the shell block below a heading of docs/operations.md, each as its words. */
function documentedCommands(heading: string): string[][] {
    const page = fs.readFileSync(path.join(projectRoot, "docs", "operations.md"), "utf8");
    const [, section = ""] = page.split(`\n## ${heading}\n`);
    const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(section.split("\n## ")[0] ?? "") ?? [];
    return block
        .split(/\n|&&/)
        .map((line) => line.replace(/#.*$/, "").trim())
        .filter((line) => line !== "")
        .map((line) => line.split(/\s+/));
}

describe("Data that outlive their stack (stack prod)", () => {
    const block = { Bucket: "metrics-thanos-prod", Key: "01J0000000000000000000000/meta.json" };
    let stack: Stack;
    let kept: Record<string, string>;

    before(async () => {
        stack = await prod();
        // It takes the CRDs as it finds them, as beside another stack.
        await applyOperatorCrds();
        await stack.up();
    });

    /** As a user would who reads the page, but without the questions that `up` and `destroy` ask. */
    async function follow(heading: string): Promise<string> {
        const commands = documentedCommands(heading);
        expect(commands.map(([program]) => program)).to.include("pulumi");
        let output = "";
        for (const [program, ...words] of commands) {
            expect(program).to.equal("pulumi");
            const unasked =
                words.length === 1 && ["up", "destroy"].includes(words[0] ?? "") ? ["--yes", "--skip-preview"] : [];
            output += await stack.ok(...words, ...unasked);
        }
        return output;
    }

    /** Claims of the stack's namespace with their volumes: the data. */
    async function claims(): Promise<Record<string, string>> {
        const { items } = await core().listNamespacedPersistentVolumeClaim({ namespace: prodNamespace });
        return Object.fromEntries(
            items.map(({ metadata, spec }) => [
                metadata?.name ?? "",
                `${metadata?.uid ?? ""} ${spec?.volumeName ?? ""}`,
            ]),
        );
    }

    it("can't be destroyed by mistake", async () => {
        // With its preview, as a user runs it: without, it deletes all that isn't protected.
        const { code, stdout } = await stack.run("destroy", "--yes");
        expect(code).to.not.equal(0);
        expect(stdout).to.contain("protected");
        expect(summary(await stack.ok("preview"))).to.have.all.keys("unchanged");
    });

    it("stay when it is destroyed as documented, and nothing else does", async () => {
        const { s3 } = await account();
        await s3().send(new PutObjectCommand({ ...block, Body: "{}" }));
        kept = await claims();
        expect(Object.keys(kept).sort()).to.deep.equal([
            "alertmanager-perch-db-alertmanager-perch-0",
            "alertmanager-perch-db-alertmanager-perch-1",
            "data-loki-backend-0",
            "data-loki-backend-1",
            "data-loki-write-0",
            "data-loki-write-1",
            "data-loki-write-2",
            "data-thanos-compact-0",
            "data-thanos-store-0",
            "data-thanos-store-1",
            "grafana",
            "prometheus-perch-db-prometheus-perch-0",
            "prometheus-perch-db-prometheus-perch-1",
        ]);
        await follow("What stays after `pulumi destroy`");
        expect((await accountThings()).filter((thing) => thing.includes("prod"))).to.deep.equal([
            "bucket logs-loki-prod",
            "bucket metrics-thanos-prod",
        ]);
        await eventually(async () => {
            const left = [...(await clusterObjects()).values()].filter(({ namespace, name }) =>
                namespace === "" ? /^perch-prod|^monitoring-prod/.test(name) : namespace.startsWith(prodNamespace),
            );
            // What is in every namespace, and the claims.
            const natural = ["ConfigMap", "ServiceAccount", "PersistentVolumeClaim"];
            expect(left.map(({ id }) => id).filter((id) => !natural.includes(id.split(" ")[0] ?? ""))).to.deep.equal([
                `Namespace ${prodNamespace}`,
                // The operator makes it, and leaves it.
                `Service ${prodNamespace}/kubelet`,
            ]);
            const names = left.filter(({ id }) => /^(ConfigMap|ServiceAccount) /.test(id)).map(({ name }) => name);
            expect([...new Set(names)].sort()).to.deep.equal(["default", "kube-root-ca.crt"]);
        });
        expect(await claims()).to.deep.equal(kept);
    });

    it("are in the way of a new stack, which says so", async () => {
        const { code, stdout } = await stack.run("up", "--yes", "--skip-preview");
        expect(code).to.not.equal(0);
        expect(stdout, stdout).to.contain(`namespaces "${prodNamespace}" already exists`);
    });

    it("are taken back as documented", async () => {
        await follow("Bringing a stack back on kept data");
        expect(await claims()).to.deep.equal(kept);
        const { s3 } = await account();
        const { Body } = await s3().send(new GetObjectCommand(block));
        expect(await Body?.transformToString()).to.equal("{}");
    });

    it("are the stack's own again: nothing is left to change, and they are protected", async () => {
        expect(summary(await stack.ok("preview"))).to.have.all.keys("unchanged");
        expect(summary(await stack.ok("refresh", "--yes", "--skip-preview"))).to.have.all.keys("unchanged");
        // With its preview, as a user runs it: without, it deletes all that isn't protected.
        const { code, stdout } = await stack.run("destroy", "--yes");
        expect(code).to.not.equal(0);
        expect(stdout).to.contain("protected");
    });

    it("go with it where the protection was taken off", async () => {
        await removeWithData(stack);
        expect((await accountThings()).filter((thing) => thing.includes("prod"))).to.deep.equal([]);
        await eventually(async () => {
            const left = [...(await clusterObjects()).values()].filter(({ id }) => id.includes(prodNamespace));
            expect(left.map(({ id }) => id)).to.deep.equal([]);
        });
    });
});
