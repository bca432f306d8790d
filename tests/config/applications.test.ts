import { expect } from "chai";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { type ApplicationFamily, applicationsOf, presetNames, presets, type Preset } from "../../config/applications";
import { type AreaInput, settingsSchema } from "../../config/schema";
import { catalogue } from "../../rules";
import { problemsOf, profileSettings } from "./settings";

type Input = NonNullable<AreaInput["applications"]>;

const applications = (input: Input) =>
    applicationsOf(settingsSchema.parse({ cluster: { name: "test" }, applications: input }).applications);

const only = (input: Input[string], name = "shop") => applications({ [name]: input })[0]!;

describe("An application of the settings", () => {
    for (const preset of presetNames) {
        it(`is scraped as its preset says: ${preset}`, () => {
            const { target, job } = only({ preset, namespace: "apps" });
            const { kind, port, path = "/metrics" }: Preset = presets[preset];
            expect(target).to.deep.include({ kind, port, path, namespace: "apps", scheme: "http", job: "shop" });
            expect(Object.keys(target.labels)).to.have.length.above(0);
            expect(job).to.equal("shop");
        });
    }

    it("is of one of the kinds that the documents have", () => {
        expect(presetNames).to.have.members([
            ...["engine", "nginx", "flask", "valkey", "cnpg", "traefik", "acdManager"],
            ...["kafka", "postgresql", "redis", "zitadel", "nginxGateway", "certManager"],
        ]);
    });

    it("is scraped otherwise where the stack file says so", () => {
        const changes = {
            labels: { app: "cache" },
            port: "exporter",
            path: "/m",
            scheme: "https" as const,
            tls: { serverName: "cache.internal" },
            login: { kind: "basic" as const, secretName: "cache" },
            honorLabels: true,
            interval: "1m",
            timeout: "20s",
            job: "valkeys",
            relabelings: [],
            metricRelabelings: [],
        };
        expect(only({ preset: "valkey", namespace: "apps", ...changes }).target).to.deep.equal({
            kind: "pods",
            namespace: "apps",
            ...changes,
        });
    });

    it("is found in every namespace, by the labels of its preset, where no more is said", () => {
        expect(only({ preset: "engine" }, "api").target).to.deep.include({
            kind: "service",
            labels: { "app.kubernetes.io/name": "api", "app.kubernetes.io/component": "engine" },
        });
        expect(only({ preset: "engine" }).target).to.not.have.property("namespace");
        expect(only({ preset: "nginx" }, "blog").target.labels).to.deep.equal({ "app.kubernetes.io/name": "blog" });
    });

    it("is found where it is deployed as its makers say: Kafka's exporter by its chart, a gateway's nginx by its release", () => {
        expect(only({ preset: "kafka" }).target).to.deep.include({
            labels: { app: "prometheus-kafka-exporter" },
            port: 9308,
        });
        expect(only({ preset: "nginxGateway" }).target).to.deep.include({
            labels: { "app.kubernetes.io/managed-by": "ngf-nginx" },
            port: 9113,
        });
    });

    it("has alerts by its preset, which can be left out", () => {
        expect(only({ preset: "flask" }).family).to.equal("flask");
        expect(only({ preset: "valkey" }).family).to.equal("redis");
        expect(only({ preset: "traefik" }).family).to.equal(undefined);
        expect(only({ preset: "flask", alerts: false }).family).to.equal(undefined);
    });

    it("U-59: may call its series otherwise than the preset does", () => {
        const { series } = only({ preset: "flask", series: { duration: "http_seconds", statusLabel: "code" } });
        expect(series).to.deep.equal({
            duration: "http_seconds",
            statusLabel: "code",
            pathLabel: "path",
            ignoredPaths: ["/health", "/ready", "/metrics"],
            cpu: "process_cpu_seconds_total",
            memory: "process_resident_memory_bytes",
        });
    });
});

describe("applications in a stack file", () => {
    const problems = (shop: object, more: object = {}) =>
        problemsOf({ applications: { shop, ...more } }).map((line) => line.replace(/^perch:applications\./, ""));

    const refused: [string, object, string][] = [
        [
            "a misspelt preset",
            { preset: "flsk" },
            `shop.preset: got "flsk"; expected ${presetNames.slice(0, -1).join(", ")} or ${presetNames.at(-1)!}; ` +
                "did you mean flask?",
        ],
        [
            "no preset",
            {},
            `shop.preset: missing; expected ${presetNames.slice(0, -1).join(", ")} or ${presetNames.at(-1)!} ` +
                "(What it is: docs/applications.md)",
        ],
        [
            "a misspelt field",
            { preset: "flask", namspace: "shop" },
            "shop.namspace: unknown key; did you mean perch:applications.shop.namespace?",
        ],
        ["a port that is none", { preset: "flask", port: 70000 }, "shop.port: got 70000; expected at most 65535"],
        [
            "every pod of the cluster",
            { preset: "flask", labels: {} },
            "shop.namespace: missing; expected a namespace, or labels: without either this is every pod of the cluster",
        ],
        [
            "a job of the stack's own",
            { preset: "redis", job: "loki" },
            'shop.job: got "loki"; expected another name: series of the stack itself have it, which rules and ' +
                "dashboards read",
        ],
        [
            "a scrape that lasts longer than the time to the next",
            { preset: "redis", interval: "5s", timeout: "6s" },
            'shop.timeout: got "6s"; expected at most 5s, the time to the next scrape',
        ],
        [
            "names of series where no alert reads any",
            { preset: "traefik", series: { duration: "x_seconds" } },
            "shop.series: is given, but preset traefik has no alerts on requests; remove it",
        ],
        [
            "a series with a name that is none",
            { preset: "flask", series: { duration: "http-seconds" } },
            'shop.series.duration: got "http-seconds"; expected the name of a metric: letters, digits, underscores ' +
                "and colons",
        ],
    ];
    for (const [what, application, message] of refused) {
        it(`refuses ${what}`, () => {
            expect(problems(application)).to.deep.equal([message]);
        });
    }

    it("refuses a second application of the same job", () => {
        expect(problems({ preset: "redis" }, { cache: { preset: "valkey", job: "shop" } })).to.deep.equal([
            'shop.job: got "shop"; expected another name: applications.cache has it, so alerts couldn\'t tell the two apart',
            'cache.job: got "shop"; expected another name: applications.shop has it, so alerts couldn\'t tell the two apart',
        ]);
    });

    it("refuses a CA for plain HTTP, as of a target", () => {
        const tls = { ca: { kind: "configMap", name: "shop-ca" } };
        expect(problemsOf({ applications: { shop: { preset: "flask", tls } } })).to.deep.equal([
            'perch:applications.shop.scheme: got "http"; expected https, which applications.shop.tls is about',
        ]);
    });

    it("refuses the name of a target", () => {
        const targets = { shop: { kind: "pods", namespace: "shop", labels: {}, port: "http" } };
        expect(problemsOf({ metrics: { targets }, applications: { shop: { preset: "redis" } } })).to.deep.equal([
            "perch:applications.shop: has the name of metrics.targets.shop; expected another",
        ]);
    });
});

describe("The applications of the profiles", () => {
    it("P-31, P-32, P-34: perch has the six Engines, found by labels in any namespace, none by its instance", () => {
        const found = applicationsOf(profileSettings("perch").applications);
        const names = ["api", "shield", "relay", "aria", "manuscript", "printery"];
        expect(found.map(({ name }) => name)).to.have.members(names);
        for (const { name, target } of found) {
            expect(target).to.deep.include({
                kind: "service",
                labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/component": "engine" },
            });
            expect(target.namespace).to.equal(undefined);
        }
    });

    it("S-47, S-48, S-84, S-85: severed has the blog's nginx, on 9113, of the job that its document names", () => {
        const [blog] = applicationsOf(profileSettings("severed", { grafana: {} }).applications);
        expect(blog?.target).to.deep.include({
            kind: "pods",
            labels: { app: "severed-blog" },
            port: 9113,
            job: "integrations/nginx",
        });
    });

    it("U-08, U-21, U-22: urlshortener has every pod of its namespace that has port 5000, on /metrics", () => {
        const settings = profileSettings("urlshortener");
        const found = applicationsOf(settings.applications);
        expect(found.map(({ target }) => target)).to.deep.equal([
            {
                kind: "pods",
                namespace: "url-shortener",
                labels: {},
                port: 5000,
                path: "/metrics",
                scheme: "http",
                honorLabels: false,
                job: "url-shortener",
                relabelings: [],
                metricRelabelings: [],
            },
        ]);
        expect(settings.metrics.scrapeInterval).to.equal("15s");
    });

    it("A-07: acd has its manager", () => {
        const found = applicationsOf(profileSettings("acd").applications);
        expect(found.map(({ name, preset }) => [name, preset])).to.deep.equal([["acd-manager", "acdManager"]]);
    });

    it("are told to be examples where the document leaves open what finds them", () => {
        for (const profile of ["perch", "acd"] as const) {
            const example = "real values of perch:applications: those of the profile are examples";
            expect(profileSettings(profile).absent, profile).to.include(example);
        }
    });
});

/** Where the alerts of families with more than one are on their page. */
const sections: Partial<Record<ApplicationFamily, string>> = {
    flask: "flask-applications",
    "cert-manager": "certificates-of-cert-manager",
};

/** The last column: a link to the alert, or to all of them. */
function alertsOf(family: ApplicationFamily | undefined): string {
    const alerts = catalogue().filter((entry) => entry.family === family);
    const [first] = alerts;
    return first === undefined
        ? ""
        : alerts.length === 1
          ? ` [${first.alert}](runbooks/${first.alert}.md)`
          : ` [${{ 2: "two", 8: "eight" }[alerts.length] ?? alerts.length}](alerts.md#${sections[family!] ?? ""})`;
}

describe("docs/applications.md", () => {
    it("says of each preset how it finds and scrapes", () => {
        const page = readFileSync(path.resolve(__dirname, "../../docs/applications.md"), "utf8");
        const rows = [...page.matchAll(/^\| `(\w+)`(.*)$/gm)].map(([, name, rest]) => [
            name,
            rest?.replace(/ +/g, " "),
        ]);
        const expected = presetNames.map((name) => {
            const { what, target, family } = { what: presets[name].what, ...only({ preset: name }, "x") };
            const port = typeof target.port === "string" ? `\`${target.port}\`` : String(target.port);
            const labels = Object.entries(target.labels).map(
                ([key, value]) => `\`${key}: ${value === "x" ? "<name>" : value}\``,
            );
            return [name, ` | ${what} | ${port} | \`${target.path}\` | ${labels.join(", ")} |${alertsOf(family)} |`];
        });
        expect(rows).to.deep.equal(expected);
    });
});
