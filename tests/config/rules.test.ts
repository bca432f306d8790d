import { expect } from "chai";
import { caCertificate } from "../support/certificates";
import { neededSecrets, problemsOf, required, type StackFile } from "./settings";

const host = required.grafana;

/** The message for profile standard with `file`, each line without the namespace; secrets are there unless taken away. */
function problems(file: StackFile, secrets: readonly string[] = neededSecrets): string[] {
    const given = Object.fromEntries(secrets.map((key) => [key, "x"]));
    return problemsOf({ ...given, ...file }, secrets).map((line) => line.replace(/^perch:/, ""));
}

const smtp = { host: "smtp.example.com", from: "a@example.com" };
const team = { kind: "email", to: ["team@example.com"] };
const compatible = { kind: "compatible", endpoint: "https://s3.example.com", region: "x" };
/** Buckets that need no key from the stack file. */
const usedOnly = { ...compatible, buckets: "existing" };
const withoutKeys = { secrets: { objectStorage: { kind: "existing", name: "s3" } } };

/** A stack beside another one, with an S3 API where names are exact. */
const neighbourly = { platform: { neighbours: ["other"] }, objectStorage: compatible };
const besideNeighbours = (key: string, name: string) =>
    `${key}: missing; expected the name of a bucket that is this stack's alone, for there are platform.neighbours: ` +
    `the default one, ${name}, is that of every stack with this cluster.name`;

/** What is broken, the stack file that breaks it, the one message that follows. */
const refused: [string, StackFile, string][] = [
    [
        "V-16, I-12: a size cap that isn't below the volume",
        { metrics: { volume: { size: "3Gi" }, retentionSize: "3072Mi" } },
        'metrics.retentionSize: got "3072Mi"; expected less than metrics.volume.size, which is 3Gi: ' +
            "compaction needs room beside what the cap counts",
    ],
    [
        "K-141: a local retention that an outage of the object storage outlasts",
        { metrics: { retention: "5h59m" } },
        'metrics.retention: got "5h59m"; expected 6h or more, so that blocks outlive an outage of the object storage',
    ],
    [
        "a threshold for an alert that compares with nothing",
        { rules: { alerts: { KubePodNotReady: { threshold: 2 } } } },
        "rules.alerts.KubePodNotReady.threshold: got 2; expected none: this alert has no threshold; " +
            "enabled, for and severity can be changed",
    ],
    [
        "one severity for an alert that has two",
        { rules: { alerts: { SLOBudgetBurn: { severity: "info" } } } },
        'rules.alerts.SLOBudgetBurn.severity: got "info"; expected none: this alert is a warning or critical by how bad it ' +
            "is; enabled and for can be changed",
    ],
    [
        "a share in per cent",
        { rules: { alerts: { NodeCPUHighUsage: { threshold: 95 } } } },
        "rules.alerts.NodeCPUHighUsage.threshold: got 95; expected a share of the CPU that is busy, 0 to 1: 0.05 is 5 %",
    ],
    [
        "a local retention shorter than a block",
        { metrics: { retention: "1h" }, longTerm: { kind: "none" } },
        'metrics.retention: got "1h"; expected 2h or more, one block',
    ],
    ...["0s", "30s", "7m", "90m", "3h", "1d"].map((blockLength): [string, StackFile, string] => [
        `blocks that don't fill two hours evenly: ${blockLength}`,
        { metrics: { blockLength } },
        `metrics.blockLength: got "${blockLength}"; expected 2h, or for a trial a whole part of it from 1m up, such as 2m or 30m`,
    ]),
    [
        "blocks of a single sample",
        { metrics: { blockLength: "1m", scrapeInterval: "40s" } },
        'metrics.blockLength: got "1m"; expected at least twice metrics.scrapeInterval, which is 40s',
    ],
    [
        "K-141: fewer short blocks than an outage of the object storage may take",
        { metrics: { blockLength: "30m", retention: "1h" } },
        'metrics.retention: got "1h"; expected 90m or more, so that blocks outlive an outage of the object storage',
    ],
    [
        "a scrape interval of nothing",
        { metrics: { scrapeInterval: "0s" } },
        'metrics.scrapeInterval: got "0s"; expected 1s or more',
    ],
    [
        "an evaluation interval below a second",
        { metrics: { evaluationInterval: "500ms" } },
        'metrics.evaluationInterval: got "500ms"; expected 1s or more',
    ],
    ...["cluster", "prometheus", "prometheus_replica"].map((name): [string, StackFile, string] => [
        `an external label of the stack's own, ${name}`,
        { metrics: { externalLabels: { [name]: "mine" } } },
        `metrics.externalLabels.${name}: got "mine"; expected another label: every Prometheus of the stack has ${name} already`,
    ]),
    [
        "an external label by which Rulers are told apart",
        { metrics: { externalLabels: { thanos_ruler_replica: "mine" } } },
        'metrics.externalLabels.thanos_ruler_replica: got "mine"; expected another label: thanos_ruler_replica tells the ' +
            "Rulers apart, which have these labels too",
    ],
    [
        "an external label that would hide one of the series",
        { metrics: { externalLabels: { namespace: "mine", region: "fsn1" } } },
        'metrics.externalLabels.namespace: got "mine"; expected another label: series have their own namespace, ' +
            "which Thanos would replace",
    ],
    ...["data-center", "__region", "2nd"].map((name): [string, StackFile, string] => [
        `an external label that is none: ${name}`,
        { metrics: { externalLabels: { [name]: "x" } } },
        `metrics.externalLabels.${name}: got "x"; expected the name of a label: letters, digits and underscores, ` +
            "none of two at its start",
    ]),
    [
        "an external label with a variable",
        { metrics: { externalLabels: { region: "$REGION" } } },
        'metrics.externalLabels.region: got "$REGION"; expected text without $, after which Prometheus reads the name of ' +
            "a variable",
    ],
    [
        "late samples for as long as samples are kept",
        { metrics: { retention: "2d", outOfOrderTimeWindow: "48h" } },
        'metrics.outOfOrderTimeWindow: got "48h"; expected less than metrics.retention, 2d',
    ],
    [
        "writers whom nothing listens to",
        { metrics: { remoteWriteReceiver: { writers: { agent: { namespace: "apps" } } } } },
        "metrics.remoteWriteReceiver.enabled: got false; expected true: there are writers, and nothing takes their samples",
    ],
    [
        "native histograms with a Prometheus that scrapes none by its configuration",
        {
            metrics: { nativeHistograms: "beside" },
            longTerm: { kind: "none" },
            images: { prometheus: "quay.io/prometheus/prometheus:v3.7.3" },
        },
        'images.prometheus: got "quay.io/prometheus/prometheus:v3.7.3"; expected 3.8.0 or newer with ' +
            "metrics.nativeHistograms beside",
    ],
    [
        "no sample of a scrape",
        { metrics: { scrapeLimits: { samples: 0 } } },
        "metrics.scrapeLimits.samples: got 0; expected at least 1",
    ],
    [
        "V-01: a Prometheus that compacts before the upload",
        { images: { prometheus: "quay.io/prometheus/prometheus:v3.8.1" } },
        'images.prometheus: got "quay.io/prometheus/prometheus:v3.8.1"; expected 3.9.0 or newer with longTerm.kind thanos',
    ],
    [
        "V-01: a sidecar that doesn't hold compaction back",
        { images: { thanos: "quay.io/thanos/thanos:v0.40.1" } },
        'images.thanos: got "quay.io/thanos/thanos:v0.40.1"; expected 0.41.0 or newer',
    ],
    [
        "V-02: a metrics bucket that expires before the compactor deletes",
        { longTerm: { bucket: { expireDays: 729 } } },
        "longTerm.bucket.expireDays: got 729; expected at least 730, the days of longTerm.compactor.retention.oneHour (730d)",
    ],
    [
        "V-03: an expiry where a retention is unlimited",
        { longTerm: { compactor: { retention: { oneHour: "unlimited" } } } },
        "longTerm.bucket.expireDays: got 800; expected unlimited, as longTerm.compactor.retention.oneHour is",
    ],
    [
        "X-25: an expiry without a compactor",
        { longTerm: { compactor: "none" } },
        'longTerm.bucket.expireDays: got 800; expected unlimited with compactor "none": expiry would tear blocks apart',
    ],
    [
        "K-46: raw data that is deleted before it is downsampled",
        { longTerm: { compactor: { retention: { raw: "10d" } } } },
        'longTerm.compactor.retention.raw: got "10d"; expected more than 10d: Thanos downsamples blocks only at that age',
    ],
    [
        "a coarse resolution that is kept for less time than a finer one",
        { longTerm: { compactor: { retention: { fiveMinutes: "30d" } } } },
        'longTerm.compactor.retention.fiveMinutes: got "30d"; expected no less than longTerm.compactor.retention.raw, ' +
            "the finer resolution, which has 90d",
    ],
    [
        "V-02: a logs bucket that expires when Loki still lists the chunks",
        { logs: { storage: { bucket: { expireDays: 31 } } } },
        "logs.storage.bucket.expireDays: got 31; expected more than 31, the days of logs.retention (744h): " +
            "the bucket must not delete what Loki still lists",
    ],
    [
        "V-02: the same in the scalable mode",
        { logs: { kind: "simpleScalable", bucket: { expireDays: 7 } } },
        "logs.bucket.expireDays: got 7; expected more than 31, the days of logs.retention (744h): " +
            "the bucket must not delete what Loki still lists",
    ],
    [
        "a retention that Loki refuses",
        { logs: { retention: "12h" } },
        'logs.retention: got "12h"; expected 24h or more, the least that Loki takes',
    ],
    [
        "V-07, I-11: more copies of a line than writers",
        { logs: { kind: "simpleScalable", replicationFactor: 3 } },
        "logs.replicationFactor: got 3; expected at most 2, the replicas of logs.write",
    ],
    [
        "K-52, X-06: the scalable mode with a Loki that has none",
        { logs: { kind: "simpleScalable" }, images: { loki: "docker.io/grafana/loki:4.0.0" } },
        'images.loki: got "docker.io/grafana/loki:4.0.0"; expected a version before 4.0: ' +
            "Loki 4 has no simple scalable mode any more",
    ],
    [
        "K-64: one bucket for metrics and logs",
        { longTerm: { bucket: { name: "all" } }, logs: { storage: { bucket: { name: "all" } } } },
        'logs.storage.bucket.name: got "all"; expected a bucket of its own: longTerm.bucket has the same name',
    ],
    [
        "K-64: the name that the other bucket has by default",
        { objectStorage: compatible, longTerm: { bucket: { name: "logs-loki-test" } } },
        'logs.storage.bucket.name: got "logs-loki-test"; expected a bucket of its own: longTerm.bucket has the same name',
    ],
    [
        "a bucket of AWS that is there already, without its name",
        { objectStorage: { kind: "aws", buckets: "import" }, longTerm: { kind: "none" } },
        "logs.storage.bucket.name: missing; expected the name of the bucket that is there, " +
            "for objectStorage.buckets is import",
    ],
    [
        "a cluster's name that makes a bucket's too long",
        { objectStorage: compatible, cluster: { name: "c".repeat(50) } },
        "longTerm.bucket.name: missing; expected a name of at most 63 characters: " +
            `the default one, metrics-thanos-${"c".repeat(50)}, is too long`,
    ],
    [
        "the default name of the metrics' bucket beside another stack of the cluster",
        { ...neighbourly, logs: { storage: { kind: "filesystem" } } },
        besideNeighbours("longTerm.bucket.name", "metrics-thanos-test"),
    ],
    [
        "the default name of a single Loki's bucket beside another stack of the cluster",
        { ...neighbourly, longTerm: { bucket: { name: "blocks" } } },
        besideNeighbours("logs.storage.bucket.name", "logs-loki-test"),
    ],
    [
        "the default name of the scalable Loki's bucket beside another stack of the cluster",
        { ...neighbourly, longTerm: { kind: "none" }, logs: { kind: "simpleScalable" } },
        besideNeighbours("logs.bucket.name", "logs-loki-test"),
    ],
    [
        "the default name of a bucket that is there already beside another stack of the cluster",
        { ...neighbourly, ...withoutKeys, objectStorage: usedOnly, longTerm: { kind: "none" } },
        besideNeighbours("logs.storage.bucket.name", "logs-loki-test"),
    ],
    [
        "a CA for an endpoint without TLS",
        { objectStorage: { ...compatible, endpoint: "http://minio.storage.svc:9000", caCertificate } },
        "objectStorage.caCertificate: is given, but objectStorage.endpoint is http://minio.storage.svc:9000, " +
            "without TLS; remove one of them",
    ],
    [
        "K-77: an email receiver without a mail server",
        { alerting: { receivers: { team }, defaultReceiver: "team" } },
        "alerting.smtp: missing; expected the mail server of the email receivers: host and from",
    ],
    [
        "K-79: a route to nobody",
        { alerting: { smtp, receivers: { team }, defaultReceiver: "team", routes: [{ receiver: "taem" }] } },
        'alerting.routes[0].receiver: got "taem"; expected team; did you mean team?',
    ],
    [
        "a route without any receiver",
        { alerting: { routes: [{ receiver: "team" }] } },
        'alerting.routes[0].receiver: got "team"; expected a receiver of alerting.receivers, which has none',
    ],
    [
        "receivers without a default",
        { alerting: { smtp, receivers: { team, boss: team } } },
        "alerting.defaultReceiver: missing; expected who gets what no route takes: team or boss",
    ],
    [
        "a default receiver that isn't there",
        { alerting: { smtp, receivers: { team }, defaultReceiver: "boss" } },
        'alerting.defaultReceiver: got "boss"; expected team',
    ],
    [
        "K-109: an ingress without a host",
        { grafana: {} },
        "grafana.host: missing; expected the host name under which Grafana is reached, such as grafana.example.com " +
            "(or grafana.exposure.kind none)",
    ],
    [
        "V-06: a second Grafana without a shared database",
        { grafana: { ...host, replicas: 2 } },
        "grafana.replicas: got 2; expected 1: more replicas need a shared PostgreSQL, which isn't there yet",
    ],
    [
        "X-14: a default datasource of a part that is off",
        { grafana: { ...host, defaultDatasource: "thanos" }, longTerm: { kind: "none" } },
        'grafana.defaultDatasource: got "thanos"; expected a datasource that is there: longTerm.kind is none',
    ],
    [
        "X-14: logs as the default without logs",
        {
            grafana: { ...host, defaultDatasource: "loki" },
            logs: { kind: "none" },
            collection: { logs: { kind: "none" } },
        },
        'grafana.defaultDatasource: got "loki"; expected a datasource that is there: logs.kind is none',
    ],
    [
        "an agent that has nobody to send logs to",
        { logs: { kind: "none" } },
        'collection.logs.kind: got "alloy"; expected none: logs.kind is none, so nobody takes the lines',
    ],
    [
        "more replicas than nodes",
        { cluster: { name: "test", nodes: 2 }, alerting: { replicas: 3 } },
        "alerting.replicas: got 3; expected at most 2, one for each of cluster.nodes",
    ],
    [
        "more Query Frontends than nodes",
        { cluster: { name: "test", nodes: 2 }, longTerm: { queryFrontend: { replicas: 3 } } },
        "longTerm.queryFrontend.replicas: got 3; expected at most 2, one for each of cluster.nodes",
    ],
    [
        "more Rulers than nodes",
        { cluster: { name: "test", nodes: 2 }, longTerm: { ruler: { replicas: 3 } } },
        "longTerm.ruler.replicas: got 3; expected at most 2, one for each of cluster.nodes",
    ],
    [
        "the host's namespace being the stack's",
        { platform: { hostNamespace: "monitoring" } },
        'platform.hostNamespace: got "monitoring"; expected another namespace than platform.namespace: ' +
            "one enforces `restricted`, the other `privileged`",
    ],
    [
        "its own namespace as a neighbour",
        { platform: { neighbours: ["other", "monitoring"] } },
        'platform.neighbours[1]: got "monitoring"; expected a namespace of another stack: this is the stack\'s own',
    ],
    [
        "V-17: a limit below its request",
        { longTerm: { store: { resources: { limits: { memory: "512Mi" } } } } },
        'longTerm.store.resources.limits.memory: got "512Mi"; expected at least the request, 1Gi',
    ],
    [
        "V-17: the same of CPU",
        { metrics: { resources: { requests: { cpu: "1.5" }, limits: { cpu: "1000m" } } } },
        'metrics.resources.limits.cpu: got "1000m"; expected at least the request, 1.5',
    ],
];

describe("rules between settings", () => {
    for (const [what, file, message] of refused) {
        it(`refuse ${what}`, () => {
            expect(problems(file)).to.deep.equal([message]);
        });
    }

    const accepted: [string, StackFile][] = [
        [
            "V-03: no expiry with an unlimited retention",
            { longTerm: { bucket: { expireDays: "unlimited" }, compactor: { retention: { oneHour: "unlimited" } } } },
        ],
        ["P-23: no compactor and no expiry", { longTerm: { bucket: { expireDays: "unlimited" }, compactor: "none" } }],
        ["V-02: expiry on the compactor's last day", { longTerm: { bucket: { expireDays: 730 } } }],
        ["V-02: expiry a day after Loki's", { logs: { storage: { bucket: { expireDays: 32 } } } }],
        [
            "buckets of AWS that are there already, by their names",
            {
                objectStorage: { kind: "aws", buckets: "existing" },
                longTerm: { bucket: { name: "blocks" } },
                logs: { storage: { bucket: { name: "chunks" } } },
            },
        ],
        [
            "named buckets beside another stack of the cluster",
            {
                platform: { neighbours: ["other"] },
                ...withoutKeys,
                objectStorage: usedOnly,
                longTerm: { bucket: { name: "blocks" } },
                logs: { storage: { bucket: { name: "chunks" } } },
            },
        ],
        [
            "names of buckets that end at random beside another stack of the cluster",
            { platform: { neighbours: ["other"] }, objectStorage: { kind: "aws" } },
        ],
        ["default names of buckets without another stack", { ...withoutKeys, objectStorage: usedOnly }],
        ["short blocks for a trial, kept for as many of them", { metrics: { blockLength: "2m", retention: "6m" } }],
        ["the usual block length in other words", { metrics: { blockLength: "120m" } }],
        ["a private CA", { ...withoutKeys, objectStorage: { ...usedOnly, caCertificate } }],
        [
            "a bundle of private CAs, with comments",
            {
                ...withoutKeys,
                objectStorage: { ...usedOnly, caCertificate: `# one\n${caCertificate}\n# two\n${caCertificate}` },
            },
        ],
        ["a long name of a cluster on AWS, where it is cut", { cluster: { name: "c".repeat(63) } }],
        [
            "I-11: three writers with three copies",
            { logs: { kind: "simpleScalable", replicationFactor: 3, write: { replicas: 3 } } },
        ],
        ["as many replicas as nodes", { cluster: { name: "test", nodes: 2 } }],
        ["Grafana without a host where nothing leads to it", { grafana: { exposure: { kind: "none" } } }],
        ["requests without limits", { metrics: { resources: { limits: {} } } }],
        ["mail without a login", { alerting: { smtp, receivers: { team }, defaultReceiver: "team" } }],
    ];
    for (const [what, file] of accepted) {
        it(`accept ${what}`, () => {
            expect(problems(file, [])).to.deep.equal([]);
        });
    }
});

describe("secrets that something needs", () => {
    const run = (key: string) => `run: pulumi config set --secret perch:${key} --stack prod`;

    it("are asked for with the command: the password of a mail account", () => {
        const alerting = { smtp: { ...smtp, username: "alerts" }, receivers: { team }, defaultReceiver: "team" };
        expect(problems({ alerting }, [])).to.deep.equal([
            `smtpPassword: missing; alerting.smtp.username logs in with it; ${run("smtpPassword")}`,
        ]);
        const secrets = { smtpPassword: { kind: "existing", name: "mail" } };
        expect(problems({ alerting, secrets }, [])).to.deep.equal([]);
    });

    it("are asked for with the command: the keys to an S3 API other than AWS", () => {
        expect(problems({ objectStorage: compatible }, [])).to.deep.equal([
            `s3AccessKey: missing; the S3 API at https://s3.example.com asks for it; ${run("s3AccessKey")}`,
            `s3SecretKey: missing; the S3 API at https://s3.example.com asks for it; ${run("s3SecretKey")}`,
        ]);
    });

    it("are asked for although the pods have theirs: the program makes the buckets", () => {
        const secrets = { objectStorage: { kind: "existing", name: "s3" } };
        expect(problems({ objectStorage: compatible, secrets }, ["s3AccessKey"])).to.have.length(1);
        expect(problems({ objectStorage: { ...compatible, buckets: "existing" }, secrets }, [])).to.deep.equal([]);
    });

    it("aren't asked for by a part that is off", () => {
        const file = {
            objectStorage: compatible,
            longTerm: { kind: "none" },
            logs: { storage: { kind: "filesystem" } },
        };
        expect(problems(file, [])).to.deep.equal([]);
    });

    it("are asked for with the command: Grafana's, where the stack file is named as their source", () => {
        const secrets = { grafanaAdmin: { kind: "config" }, grafanaSecretKey: { kind: "config" } };
        expect(problems({ secrets }, [])).to.deep.equal([
            `grafanaAdminPassword: missing; secrets.grafanaAdmin takes it from the stack file; ${run("grafanaAdminPassword")}`,
            `grafanaSecretKey: missing; secrets.grafanaSecretKey takes it from the stack file; ${run("grafanaSecretKey")}`,
        ]);
    });

    it("are refused where another source is named: nobody would read them", () => {
        const secrets = { grafanaAdmin: { kind: "existing", name: "admin" } };
        expect(problems({ secrets }, ["grafanaAdminPassword"])).to.deep.equal([
            "grafanaAdminPassword: is given, but secrets.grafanaAdmin.kind is existing; remove one of them",
        ]);
    });
});
