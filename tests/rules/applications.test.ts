import { expect } from "chai";
import { jobNames } from "../../config/jobs";
import { type AreaInput, settingsSchema } from "../../config/schema";
import { alertRules, type AlertRule, ruleFamilies, ruleFile } from "../../rules";
import { promqlErrors, vectorSelectors } from "../support/promql";
import { profileSettings } from "../config/settings";

function families(input: Partial<AreaInput>) {
    const off = { rules: { cluster: false }, selfMonitoring: false };
    const settings = settingsSchema.parse({ cluster: { name: "test" }, ...off, ...input });
    return ruleFamilies(settings, jobNames(settings.metrics));
}

const rules = (input: Partial<AreaInput>) => alertRules(families(input).flatMap(({ groups }) => groups));

/** The rules of profile urlshortener. */
const settings = profileSettings("urlshortener");
const eight = ruleFamilies(settings, jobNames(settings.metrics)).flatMap(({ groups }) => alertRules(groups));

function one(name: AlertRule["alert"]): AlertRule {
    const found = eight.find(({ alert }) => alert === name);
    expect(found, name).to.not.equal(undefined);
    return found!;
}

describe("The rules of profile urlshortener", () => {
    it("U-10, U-54: are eight, all of the application", () => {
        expect(eight.map(({ alert }) => alert)).to.have.members([
            ...["ServiceDown", "HighErrorRate", "HighLatency", "HighCPUUsage"],
            ...["HighErrorRateCritical", "HighAppCPU", "HighMemory", "NoRequests"],
        ]);
        expect(ruleFamilies(settings, jobNames(settings.metrics)).map(({ name }) => name)).to.deep.equal(["flask"]);
    });

    it("U-24, U-11, I-23: ServiceDown is critical after a minute, and by absence too", () => {
        expect(one("ServiceDown")).to.deep.include({ severity: "critical", for: "1m" });
        expect(one("ServiceDown").expr).to.equal(
            'up{job="url-shortener",namespace="url-shortener"} == 0 or ' +
                'absent(up{job="url-shortener",namespace="url-shortener"})',
        );
    });

    it("U-25, U-28, I-22: the error rates are one ratio of 5xx over 5m, a warning above 5 % and critical above 25 %", () => {
        const [low, high] = [one("HighErrorRate"), one("HighErrorRateCritical")];
        const users = 'job="url-shortener",namespace="url-shortener",path!~"/health|/ready|/metrics"';
        const requests = (matchers: string) => {
            const count = `flask_http_request_duration_seconds_count{${matchers}}`;
            return (
                `sum by (namespace, job) ((${count} unless ${count} offset 5m) and on (namespace, job, pod) ` +
                '(up{job="url-shortener",namespace="url-shortener"} offset 5m == 1) or ' +
                `increase(${count}[5m]))`
            );
        };
        const ratio = `${requests(`${users},status=~"5.."`)} / ${requests(users)}`;
        expect([low.expr, low.severity]).to.deep.equal([`${ratio} > 0.05`, "warning"]);
        expect([high.expr, high.severity]).to.deep.equal([`${ratio} > 0.25`, "critical"]);
    });

    it("U-26, U-55: HighLatency is a warning above 2 s of the 95th percentile", () => {
        expect(one("HighLatency").severity).to.equal("warning");
        expect(one("HighLatency").expr)
            .to.match(/^histogram_quantile\(0\.95, .*_bucket\{.*\[5m\].* > 2$/)
            .and.include('path!~"/health|/ready|/metrics"');
    });

    it("U-27, I-21: HighCPUUsage is a warning above 90 % of a node, which node-exporter tells", () => {
        expect(one("HighCPUUsage").severity).to.equal("warning");
        expect(one("HighCPUUsage").expr).to.match(/ > 0\.9$/);
        expect(vectorSelectors(one("HighCPUUsage").expr).map(({ matchers }) => matchers.job)).to.deep.equal([
            "node-exporter",
        ]);
        const withoutNodes = rules({
            applications: { shop: { preset: "flask" } },
            metrics: { nodeExporter: { enabled: false } },
        });
        expect(withoutNodes).to.have.length(7);
    });

    it("U-29: HighAppCPU is a warning above 80 % of a core for 3m", () => {
        expect(one("HighAppCPU")).to.deep.include({ severity: "warning", for: "3m" });
        expect(one("HighAppCPU").expr).to.match(/process_cpu_seconds_total.* > 0\.8$/);
    });

    it("U-30, I-20: HighMemory is a warning above 512 MB, which is a setting", () => {
        expect(one("HighMemory").severity).to.equal("warning");
        expect(one("HighMemory").expr).to.match(/process_resident_memory_bytes.* > 512000000$/);
        const [changed] = rules({
            applications: { shop: { preset: "flask" } },
            rules: { cluster: false, alerts: { HighMemory: { threshold: 2e9 } } },
        }).filter(({ alert }) => alert === "HighMemory");
        expect(changed?.expr).to.match(/ > 2000000000$/);
    });

    it("U-31, U-58: NoRequests is a warning after 5m without a request but those of probes and Prometheus", () => {
        const { severity, expr } = one("NoRequests");
        expect(severity).to.equal("warning");
        expect(expr).to.include('path!~"/health|/ready|/metrics"').and.include("[5m]");
    });
});

describe("The rules on applications", () => {
    const two = {
        shop: { preset: "flask", namespace: "shops" },
        blog: { preset: "flask", job: "blogs" },
    } as const;

    it("are there for each of them, told apart by the label application; the node's once", () => {
        const found = rules({ applications: two });
        expect(found).to.have.length(15);
        const identities = found.map(({ alert, labels }) => `${alert} ${labels?.application ?? ""}`);
        expect(new Set(identities).size).to.equal(15);
        expect(families({ applications: two }).map(({ groups }) => groups.map(({ name }) => name))).to.deep.equal([
            ["flask-shop", "flask-blog", "flask-common"],
        ]);
        const { groups } = ruleFile(families({ applications: two })[0]!.groups);
        expect(new Set(groups.map(({ name }) => name)).size).to.equal(3);
    });

    it("read the application's own series alone", () => {
        const jobs: Record<string, object> = { shop: { job: "shop", namespace: "shops" }, blog: { job: "blogs" } };
        for (const { expr, labels } of rules({ applications: two }).filter(({ alert }) => alert !== "HighCPUUsage")) {
            for (const { matchers } of vectorSelectors(expr)) {
                expect(matchers).to.include(jobs[labels?.application ?? ""]!);
            }
        }
    });

    it("are PromQL whatever the series and paths are called", () => {
        const series = { duration: "a:b", pathLabel: "route", ignoredPaths: ['/a.b"\\', "/x"], cpu: "c", memory: "d" };
        const found = rules({ applications: { shop: { preset: "flask", series } } });
        expect(found.filter(({ expr }) => promqlErrors(expr).length > 0)).to.deep.equal([]);
        const none = rules({ applications: { shop: { preset: "flask", series: { ignoredPaths: [] } } } });
        expect(none.filter(({ expr }) => expr.includes("path"))).to.deep.equal([]);
    });

    it("are left out where the application wants none", () => {
        expect(rules({ applications: { shop: { preset: "flask", alerts: false } } })).to.deep.equal([]);
        expect(rules({ applications: { shop: { preset: "traefik" } } })).to.deep.equal([]);
    });

    it("A-27, A-39: tell that a consumer group of Kafka is behind", () => {
        const found = rules({ applications: { kafka: { preset: "kafka" } } });
        expect(found.map(({ alert, severity }) => [alert, severity])).to.deep.equal([["KafkaConsumerLag", "warning"]]);
        expect(found[0]?.expr).to.match(/kafka_consumergroup_lag\{job="kafka"\}\)\) > 1000$/);
    });

    it("U-69: tell that PostgreSQL's connections run out", () => {
        const found = rules({ applications: { db: { preset: "cnpg" } } });
        expect(found.map(({ alert, severity }) => [alert, severity])).to.deep.equal([
            ["CNPGConnectionsNearLimit", "warning"],
        ]);
    });
});
