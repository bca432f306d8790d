import { existsSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { profileNames, profiles } from "../config/profiles";
import {
    receiverSecretKey,
    receiverSecrets,
    remoteWriteSecretKey,
    remoteWriteSecrets,
    secretValueKeys,
    settingsSchema,
} from "../config/schema";
import { outline, type Outline } from "../config/schema/outline";
import { receiverSchema } from "../config/schema/receivers";
import { remoteWriteSchema } from "../config/schema/remote-write";
import { answered, settingsOf } from "./support/config";
import { type KubeObject, kubeObjects } from "./support/mocks";
import { blocks, pages, read, root } from "./support/pages";
import { documented } from "../scripts/rows";
import { ofKind, type PolicySpec } from "./support/stack";
import { deployStack, given, stacks } from "./support/stacks";
import { neededSecrets, problemsOf, required, type StackFile } from "./config/settings";

/** What a YAML block says below `perch:`, be it a whole stack file or a part of one; undefined: nothing of that. */
function stackFileOf(block: string): StackFile | undefined {
    const content: unknown = parse(block);
    const config = (content as { config?: object } | null)?.config ?? content;
    const keys = Object.entries(config ?? {}).filter(([key]) => key.startsWith("perch:"));
    return keys.length === 0
        ? undefined
        : Object.fromEntries(keys.map(([key, value]) => [key.slice("perch:".length), value as unknown]));
}

/** Secrets of the receivers that a stack file has, but for those that it takes from elsewhere. */
function receiverKeys(file: StackFile): string[] {
    const { receivers = {} } = (file.alerting ?? {}) as { receivers?: Record<string, unknown> };
    const { receivers: elsewhere = {} } = (file.secrets ?? {}) as { receivers?: object };
    return Object.entries(receivers)
        .filter(([name]) => !(name in elsewhere))
        .flatMap(([name, receiver]) =>
            receiverSecrets(receiverSchema.parse(receiver)).map((field) => receiverSecretKey(name, field)),
        );
}

/** The same of remote writes. */
function remoteWriteKeys(file: StackFile): string[] {
    const { remoteWrite = {} } = (file.metrics ?? {}) as { remoteWrite?: Record<string, unknown> };
    const { remoteWrite: elsewhere = {} } = (file.secrets ?? {}) as { remoteWrite?: object };
    return Object.entries(remoteWrite)
        .filter(([name]) => !(name in elsewhere))
        .flatMap(([name, each]) =>
            remoteWriteSecrets(remoteWriteSchema.parse(each)).map((field) => remoteWriteSecretKey(name, field)),
        );
}

/** Whether the schema has a field of this path; below a map any name is one. */
function hasField(at: Outline, [first, ...rest]: readonly string[]): boolean {
    if (first === undefined) {
        return true;
    }
    switch (at.is) {
        case "object":
            return at.fields.has(first) && hasField(at.fields.get(first)!.outline, rest);
        case "kinds":
            return [...at.kinds.values()].some((kind) => hasField(kind, [first, ...rest]));
        case "choice":
            return at.options.some((option) => hasField(option, [first, ...rest]));
        case "map":
            return hasField(at.value, rest);
        case "list":
        case "value":
            return false;
    }
}

/** The parts of a CiliumNetworkPolicy that say who is reached, and where. */
interface CiliumPolicy {
    spec: {
        endpointSelector: { matchLabels?: Record<string, string>; matchExpressions?: { values: string[] }[] };
        ingress?: { toPorts: { ports: { port: string }[] }[] }[];
    };
}

describe("The pages", () => {
    it("are all found", () => {
        expect(pages).to.include.members(["README.md", "docs/operations.md", "docs/profiles/kup6s.md"]);
    });

    it("link to files that there are", () => {
        const dead = pages.flatMap((page) =>
            [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
                .map(([, link]) => link ?? "")
                .filter((link) => !existsSync(path.join(root, path.dirname(page), link)))
                .map((link) => `${page}: ${link}`),
        );
        expect(dead).to.deep.equal([]);
    });

    it("name settings that there are", () => {
        const known = outline(settingsSchema);
        const unknown = pages.flatMap((page) =>
            [...read(page).matchAll(/(?<![\w:])perch:([a-zA-Z]\w*(?:\.\w+)*)/g)]
                .map(([, name]) => name ?? "")
                // Of the secrets of receivers and remote writes a page has the form alone.
                .filter(
                    (name) =>
                        name !== "profile" &&
                        !["receiver", "remoteWrite"].includes(name.split(".")[0] ?? "") &&
                        !secretValueKeys.some((key) => key === name),
                )
                .filter((name) => !hasField(known, name.split(".")))
                .map((name) => `${page}: perch:${name}`),
        );
        // README shows what is said of a misspelt one.
        expect(unknown).to.deep.equal(["README.md: perch:grafana.hots"]);
    });

    it("show stack files that are accepted", () => {
        const shown = pages.flatMap((page) => blocks(read(page), "yaml").map((block) => ({ page, block })));
        const files = shown.flatMap(({ page, block }) => {
            const file = stackFileOf(block);
            return file === undefined ? [] : [{ page, file }];
        });
        expect(files.length).to.be.above(4);
        for (const { page, file } of files) {
            const keys = [...neededSecrets, ...receiverKeys(file), ...remoteWriteKeys(file)];
            expect(() => settingsOf(answered({ ...required, ...file }), keys), page).to.not.throw();
        }
    });

    it("show the very messages that a mistake gets", () => {
        const [shown = ""] = blocks(read("README.md"), "").filter((block) => block.includes("perch:"));
        const mistakes = {
            metrics: { retention: "15" },
            grafana: { ...required.grafana, hots: "grafana.example.com" },
        };
        expect(shown.trimEnd().split("\n")).to.have.members(problemsOf(mistakes));
    });

    describe("on profile kup6s", () => {
        let objects: KubeObject[];
        before(async () => {
            objects = kubeObjects((await deployStack(stacks["profile kup6s"]!())).resources);
        });

        it("K-80: lead by port-forward to Services and ports that there are, to Alertmanager's for silences", () => {
            const forwards = pages.flatMap((page) =>
                [...read(page).matchAll(/port-forward svc\/(\S+) (?:\d+:)?(\d+)/g)].map(([, name, port]) => ({
                    page,
                    name,
                    port: Number(port),
                })),
            );
            expect(forwards).to.deep.include({ page: "docs/alerting.md", name: "alertmanager", port: 9093 });
            const wrong = forwards.filter(
                ({ name, port }) =>
                    !objects.some(
                        ({ kind, metadata, spec }) =>
                            kind === "Service" &&
                            metadata.name === name &&
                            (spec as { ports: { port: number }[] }).ports.some((one) => one.port === port),
                    ),
            );
            expect(wrong).to.deep.equal([]);
        });
    });

    it("give a way in, on Cilium, to each pod and port that is called from addresses", async () => {
        const values = {
            cluster: required.cluster,
            metrics: { operator: { ...given.metrics.operator, admissionWebhook: { enabled: true } } },
            autoscaling: profiles.severed.settings.autoscaling,
            grafana: { exposure: { kind: "nodePort", port: 30030 } },
        };
        const { resources } = await deployStack(settingsOf(answered(values)));
        const label = "app.kubernetes.io/name";
        const called = ofKind(resources, "NetworkPolicy").flatMap(({ spec }) => {
            const { podSelector, ingress = [] } = spec as PolicySpec;
            return ingress
                .filter(({ from }) => from.some((peer) => "ipBlock" in peer))
                .flatMap(({ ports }) => ports.map(({ port }) => [podSelector.matchLabels?.[label], port]));
        });
        const shown = blocks(read("docs/network-policies.md"), "yaml").map((block) => {
            const { endpointSelector, ingress = [] } = (parse(block) as CiliumPolicy).spec;
            return {
                pods: [
                    endpointSelector.matchLabels?.[label] ?? [],
                    (endpointSelector.matchExpressions ?? []).map(({ values }) => values),
                ].flat(2),
                ports: ingress.flatMap(({ toPorts }) => toPorts.flatMap(({ ports }) => ports.map(({ port }) => port))),
            };
        });
        expect(called).to.have.length(3);
        for (const [pod, port] of called) {
            const open = shown.filter(
                ({ pods, ports }) => pods.includes(pod as string) && ports.includes(String(port)),
            );
            expect(open, `${pod ?? ""} ${port ?? ""}`).to.have.length(1);
        }
        expect(shown.flatMap(({ pods }) => pods)).to.have.members(called.map(([pod]) => pod));
        expect(shown.flatMap(({ ports }) => ports)).to.have.members(called.map(([, port]) => String(port)));
    });

    // Rows that say how something behaves have tests of that; these ask for a reason or a figure, in words.
    for (const [row, words] of Object.entries(documented)) {
        it(`give the reason or figure of ${row} on the profile's page`, () => {
            const [before = "", after] = read("docs/profiles/kup6s.md").replace(/\s+/g, " ").split(words);
            expect(after, words).to.match(new RegExp(`^[^.]{0,60}\\(${row}\\)`));
            expect(before).to.contain("# Profile kup6s");
        });
    }

    it("list every profile and every secret that a stack file may need", () => {
        const settings = read("docs/settings.md");
        for (const name of profileNames) {
            expect(settings, name).to.contain(`profiles/${name}.md`);
        }
        for (const key of neededSecrets) {
            expect(settings, key).to.contain(`\`${key}\``);
        }
    });
});

describe("The workflow for pull requests", () => {
    interface Workflow {
        on: object;
        permissions: object;
        jobs: Record<
            string,
            {
                permissions: object;
                strategy: { matrix: { stack: string[] } };
                steps: {
                    if?: string;
                    uses?: string;
                    with?: Record<string, unknown>;
                    env?: Record<string, string>;
                }[];
            }
        >;
    }
    const workflow = parse(read("docs/workflows/pulumi-preview.yaml")) as Workflow;
    const { preview, ...others } = workflow.jobs;

    it("K-09 D-07: comments on each pull request what every environment would get, and applies nothing", () => {
        expect(workflow.on).to.have.all.keys("pull_request");
        expect(others).to.deep.equal({});
        const pulumi = preview?.steps.filter(({ uses }) => uses?.startsWith("pulumi/")) ?? [];
        expect(pulumi.map((step) => step.with)).to.deep.equal([
            {
                command: "preview",
                "cloud-url": "${{ vars.PULUMI_BACKEND_URL }}",
                "stack-name": "${{ matrix.stack }}",
                diff: true,
                "comment-on-pr": true,
                "edit-pr-comment": true,
                "suppress-outputs": true,
            },
        ]);
        expect(preview?.strategy.matrix.stack).to.have.members(["dev", "prod"]);
        for (const stack of preview?.strategy.matrix.stack ?? []) {
            expect(existsSync(path.join(root, `Pulumi.${stack}.yaml`)), stack).to.equal(true);
        }
    });

    it("asks of each environment only what it uses: one without a role of AWS doesn't sign in there", () => {
        const one = (prefix: string) => preview?.steps.find(({ uses }) => uses?.startsWith(prefix));
        const aws = one("aws-actions/");
        const role = "vars[format('AWS_PREVIEW_ROLE_{0}', matrix.stack)]";
        expect(aws?.with?.["role-to-assume"]).to.equal(`\${{ ${role} }}`);
        expect(aws?.if).to.equal(`${role} != ''`);
        expect(one("pulumi/")?.env).to.deep.equal({
            PULUMI_ACCESS_TOKEN: "${{ secrets.PULUMI_ACCESS_TOKEN }}",
            PULUMI_CONFIG_PASSPHRASE: "${{ secrets[format('PULUMI_CONFIG_PASSPHRASE_{0}', matrix.stack)] }}",
        });
    });

    it("has no permission but to read the code, to sign in to the cloud and to comment", () => {
        expect(workflow.permissions).to.deep.equal({});
        expect(preview?.permissions).to.deep.equal({
            contents: "read",
            "id-token": "write",
            "pull-requests": "write",
        });
    });
});
