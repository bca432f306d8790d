import { execFileSync } from "node:child_process";
import * as path from "node:path";
import { expect } from "chai";

const root = path.resolve(__dirname, "../..");

/** By package, what is deferred of what it loads. */
const deferred = {
    "@grafana/grafana-foundation-sdk/prometheus": ["../dashboardv2", "../dashboardv2beta1"],
    "@pulumi/kubernetes": ["./helm", "./kustomize", "./yaml"],
    "@pulumi/pulumi": [
        "./automation",
        "@npmcli/arborist",
        "typescript",
        "@opentelemetry/exporter-zipkin",
        "@opentelemetry/instrumentation",
        "@opentelemetry/instrumentation-grpc",
        "@opentelemetry/resources",
        "@opentelemetry/sdk-trace-base",
        "@opentelemetry/sdk-trace-node",
    ],
    zod: ["./v4/locales/index.cjs"],
};

/** Prints which of the deferred modules are loaded after the start, what comes of their use, and which are loaded then. */
const program = `
    const { createRequire } = require("node:module");
    const files = Object.entries(${JSON.stringify(deferred)}).flatMap(([from, names]) =>
        names.map((name) => [name, createRequire(require.resolve(from)).resolve(name)]));
    const loaded = () => files.filter(([, file]) => require.cache[file].constructor.name === "Module").map(([name]) => name);
    const pulumi = require("@pulumi/pulumi");
    const tracing = require("@pulumi/pulumi/cmd/run/tracing.js");
    const kubernetes = require("@pulumi/kubernetes");
    const prometheus = require("@grafana/grafana-foundation-sdk/prometheus");
    const { z } = require("zod");
    const atStart = loaded();

    const { Arborist } = createRequire(require.resolve("@pulumi/pulumi"))("@npmcli/arborist");
    tracing.start("http://127.0.0.1:1/none");
    const used = {
        path: new Arborist({ path: "/somewhere" }).path,
        span: typeof tracing.newSpan("a span").spanContext().traceId,
        workspace: pulumi.automation.LocalWorkspace.name,
        kinds: [kubernetes.helm.v3.Chart.name, kubernetes.kustomize.Directory.name, kubernetes.yaml.ConfigFile.name],
        query: typeof new prometheus.QueryV2Builder().build() + typeof new prometheus.QueryBuilder().build(),
        message: z.locales.de().localeError({ code: "invalid_type", expected: "string", input: 1 }),
    };
    pulumi.runtime.serializeFunction((a) => a + pulumi.version).then(({ text }) => {
        process.stdout.write(JSON.stringify({ atStart, used, text, afterUse: loaded() }));
        process.exit();
    });
`;

interface Outcome {
    readonly atStart: string[];
    readonly used: object;
    readonly text: string;
    readonly afterUse: string[];
}

function run(...args: string[]): Outcome {
    const all = ["--no-warnings", "--import", "./runtime/compile-cache.mjs", ...args, "--eval", program];
    return JSON.parse(execFileSync(process.execPath, all, { cwd: root, encoding: "utf8" })) as Outcome;
}

describe("Packages that are seldom used", () => {
    const all = Object.values(deferred).flat();
    let lazy: Outcome;
    let eager: Outcome;

    before(() => {
        lazy = run("--import", "./runtime/lazy-packages.mjs");
        eager = run();
    });

    it("are not loaded when the program starts, as they would be", () => {
        expect(lazy.atStart).to.deep.equal([]);
        expect(eager.atStart).to.have.members(all);
    });

    it("are loaded when they are used, with the same outcome", () => {
        expect(lazy.afterUse).to.have.members(all);
        expect(lazy.used).to.deep.equal(eager.used);
        expect(lazy.text).to.include("pulumi").and.equal(eager.text);
    });
});
