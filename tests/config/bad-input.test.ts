import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { loadSettings } from "../../config/load";
import { caCertificate } from "../support/certificates";
import { answered } from "../support/config";
import { neededSecrets, problemsOf, sourceOf, type StackFile } from "./settings";

const compatible = { kind: "compatible", endpoint: "https://s3.example.com", region: "x" };
const secretKeys = { s3AccessKey: "x", s3SecretKey: "x" };
const privateKey = ["-----BEGIN EC PRIVATE KEY-----", "MHcCAQEEIEXAMPLE", "-----END EC PRIVATE KEY-----"].join("\n");

/** What isn't a CA's certificate, and the message. */
const caCertificates: [string, string, string][] = [
    [
        "a path",
        "/etc/ssl/ca.pem",
        'got "/etc/ssl/ca.pem"; expected PEM certificates (-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----): ' +
            "the text itself, not the name of a file",
    ],
    [
        "half a certificate",
        caCertificate.replace(/-----END.*/, ""),
        `got text of ${caCertificate.trim().split("\n").length - 1} lines; ` +
            "expected PEM certificates (-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----): " +
            "the text itself, not the name of a file",
    ],
    [
        "V-13: a private key",
        `${caCertificate}${privateKey}`,
        `got text of ${caCertificate.split("\n").length + 2} lines; ` +
            "expected PEM certificates alone, and never a private key: take it out and don't use it any more",
    ],
    [
        "V-13: a private key on one line",
        privateKey.replaceAll("\n", " "),
        "got text of 1 line; " +
            "expected PEM certificates alone, and never a private key: take it out and don't use it any more",
    ],
    [
        "a certificate request",
        caCertificate.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST"),
        `got text of ${caCertificate.trim().split("\n").length} lines; ` +
            "expected PEM certificates alone, without the CERTIFICATE REQUEST",
    ],
    [
        "a damaged certificate",
        `${caCertificate}${caCertificate.replace("MII", "MXI")}`,
        `got text of ${2 * caCertificate.trim().split("\n").length} lines; ` +
            "expected PEM certificates of which each can be read: number 2 can't",
    ],
];

describe("bad input", () => {
    const cases: [string, StackFile, string[]][] = [
        [
            "a misspelt alert",
            { rules: { alerts: { KubePodCrashLoping: { enabled: false } } } },
            [
                "perch:rules.alerts.KubePodCrashLoping: unknown key; " +
                    "did you mean perch:rules.alerts.KubePodCrashLooping?",
            ],
        ],
        [
            "an alert that there isn't",
            { rules: { alerts: { Nope: { enabled: false } } } },
            ["perch:rules.alerts.Nope: unknown name; docs/settings.md says where those of rules.alerts are listed"],
        ],
        [
            "changes to an alert that aren't any",
            { rules: { alerts: { TargetDown: { threshold: "10%", severty: "info" } } } },
            [
                `perch:rules.alerts.TargetDown.threshold: got "10%"; expected a number, in the alert's unit`,
                "perch:rules.alerts.TargetDown.severty: unknown key; " +
                    "did you mean perch:rules.alerts.TargetDown.severity?",
            ],
        ],
        ["an unknown area", { metrcs: {} }, ["perch:metrcs: unknown key; did you mean perch:metrics?"]],
        [
            "an unknown key",
            { metrics: { retentoin: "2d" } },
            ["perch:metrics.retentoin: unknown key; did you mean perch:metrics.retention?"],
        ],
        [
            "an unknown key deep inside",
            { metrics: { volume: { sise: "1Gi" } } },
            ["perch:metrics.volume.sise: unknown key; did you mean perch:metrics.volume.size?"],
        ],
        [
            "a key that is at home elsewhere",
            { evaluationInterval: "1m" },
            ["perch:evaluationInterval: unknown key; did you mean perch:metrics.evaluationInterval?"],
        ],
        [
            "a key of another kind",
            { logs: { write: { replicas: 3 } } },
            ["perch:logs.write: unknown key; it belongs to kind simpleScalable"],
        ],
        [
            "a key without a near one",
            { metrics: { volume: { colour: 1 } } },
            ["perch:metrics.volume.colour: unknown key; known are size, storageClass"],
        ],
        [
            "text for an object",
            { metrics: "many" },
            ['perch:metrics: got "many"; expected an object: fields below perch:metrics'],
        ],
        [
            "a list for an object",
            { metrics: [1] },
            ["perch:metrics: got a list; expected an object: fields below perch:metrics"],
        ],
        [
            "text for a number",
            { metrics: { replicas: "2" } },
            ['perch:metrics.replicas: got "2"; expected a whole number'],
        ],
        [
            "half a replica",
            { metrics: { replicas: 1.5 } },
            ["perch:metrics.replicas: got 1.5; expected a whole number"],
        ],
        ["too few replicas", { metrics: { replicas: 0 } }, ["perch:metrics.replicas: got 0; expected at least 1"]],
        ["text for a boolean", { selfMonitoring: "yes" }, ['perch:selfMonitoring: got "yes"; expected true or false']],
        [
            "a duration without a unit",
            { metrics: { retention: "15" } },
            ['perch:metrics.retention: got "15"; expected a duration with a unit, such as 30s, 15d or 1h30m'],
        ],
        [
            "a number for a duration",
            { metrics: { retention: 15 } },
            ["perch:metrics.retention: got 15; expected a duration with a unit, such as 30s, 15d or 1h30m"],
        ],
        [
            "a decimal quantity",
            { metrics: { volume: { size: "50G" } } },
            ['perch:metrics.volume.size: got "50G"; expected a quantity with a binary unit, such as 512Mi or 10Gi'],
        ],
        [
            "CPU with a wrong unit",
            { metrics: { resources: { requests: { cpu: "2cores" } } } },
            [
                'perch:metrics.resources.requests.cpu: got "2cores"; expected CPU in cores or millicores, such as 2 or 250m',
            ],
        ],
        [
            "K-143: Loki as microservices, the third kind that isn't built",
            { logs: { kind: "distributed" } },
            ['perch:logs.kind: got "distributed"; expected none, single or simpleScalable'],
        ],
        [
            "an unknown kind",
            { logs: { kind: "singel" } },
            ['perch:logs.kind: got "singel"; expected none, single or simpleScalable; did you mean single?'],
        ],
        [
            "neither object nor word",
            { platform: { priorityClass: "high" } },
            ['perch:platform.priorityClass: got "high"; expected an object or none'],
        ],
        [
            "V-05: a second compactor",
            { longTerm: { compactor: { replicas: 2 } } },
            [
                "perch:longTerm.compactor.replicas: unknown key; known are volume, resources, retention, verticalCompaction",
            ],
        ],
        [
            "shards of store gateways that are empty",
            { longTerm: { store: { shards: { kind: "time", ages: ["30d", "14d", "14d"] } } } },
            [
                'perch:longTerm.store.shards.ages[1]: got "14d"; expected more than 30d, where the shard begins',
                'perch:longTerm.store.shards.ages[2]: got "14d"; expected more than 14d, where the shard begins',
            ],
        ],
        [
            "a Compactor that would halt at late samples",
            { metrics: { outOfOrderTimeWindow: "1m" }, longTerm: { compactor: { verticalCompaction: false } } },
            [
                "perch:longTerm.compactor.verticalCompaction: got false; expected true, or nothing: metrics.outOfOrderTimeWindow " +
                    "makes blocks that overlap, at which the Compactor would halt",
            ],
        ],
        [
            "parts of a query that have no length",
            { longTerm: { queryFrontend: { splitInterval: "0s" } } },
            ['perch:longTerm.queryFrontend.splitInterval: got "0s"; expected 1m or more'],
        ],
        [
            "a wait for stores that is longer than a query takes",
            { longTerm: { query: { storeTimeout: "2m" } } },
            [
                'perch:longTerm.query.storeTimeout: got "2m"; expected less than 2m, after which the query has failed ' +
                    "anyway; or 0s for that",
            ],
        ],
        [
            "one shard of a hash",
            { longTerm: { store: { shards: { kind: "hash", count: 1 } } } },
            ["perch:longTerm.store.shards.count: got 1; expected at least 2"],
        ],
        [
            "an address of another cluster without a port",
            { longTerm: { query: { endpoints: { east: { addresses: ["dns+thanos.east"] } } } } },
            [
                'perch:longTerm.query.endpoints.east.addresses[0]: got "dns+thanos.east"; ' +
                    "expected a host and a port, such as thanos.east.example.com:443",
            ],
        ],
        [
            "a Ruler that keeps less than an outage of the object storage may last",
            { longTerm: { ruler: { retention: "5h" } } },
            [
                'perch:longTerm.ruler.retention: got "5h"; ' +
                    "expected 6h or more, so that blocks outlive an outage of the object storage",
            ],
        ],
        ["a Ruler that keeps just enough", { longTerm: { ruler: { retention: "6h" } } }, []],
        [
            "shards of Prometheus without Thanos, which alone sees all",
            { metrics: { shards: 2 }, longTerm: { kind: "none" } },
            [
                "perch:metrics.shards: got 2; expected 1 with longTerm.kind none: each shard has its own targets only, " +
                    "and Thanos sees all",
            ],
        ],
        [
            "shards of Prometheus without a Ruler",
            { metrics: { shards: 2 } },
            [
                "perch:metrics.shards: got 2; expected 1, or a Ruler (longTerm.ruler: {}): a rule that a shard evaluates " +
                    "knows its own targets only",
            ],
        ],
        ["one shard of Prometheus, which needs neither", { metrics: { shards: 1 }, longTerm: { kind: "none" } }, []],
        ["shards of Prometheus with a Ruler", { metrics: { shards: 2 }, longTerm: { ruler: {} } }, []],
        [
            "no shard at all, or too many",
            { metrics: { shards: 0 } },
            ["perch:metrics.shards: got 0; expected at least 1"],
        ],
        [
            "what asks a single shard of several, and a Ruler that sees other clusters",
            {
                metrics: { shards: 3, exposure: { kind: "nodePort", port: 30_090 } },
                networkPolicies: { clients: { cidrs: ["192.0.2.0/24"] }, nodes: { cidrs: ["10.0.0.0/24"] } },
                longTerm: { ruler: {}, query: { endpoints: { east: { addresses: ["thanos.east:443"] } } } },
                autoscaling: {
                    kind: "prometheusAdapter",
                    source: "prometheus",
                    rules: {
                        requests: { series: 'a{pod!="",namespace!=""}', query: "<<.Series>>{<<.LabelMatchers>>}" },
                    },
                },
                grafana: { host: "g.example.com", defaultDatasource: "prometheus" },
            },
            [
                'perch:longTerm.query.endpoints: got "east"; expected none with metrics.shards 3, given or of perch:load: ' +
                    "the Ruler evaluates all rules, and would take the other clusters' series for this one's",
                'perch:metrics.exposure.kind: got "nodePort"; expected none with metrics.shards 3, given or of ' +
                    "perch:load: who calls gets the series of one of them",
                'perch:autoscaling.source: got "prometheus"; expected thanos with metrics.shards 3, given or of ' +
                    "perch:load: a shard has the series of some of the pods only",
                'perch:grafana.defaultDatasource: got "prometheus"; expected thanos with metrics.shards 3, given or of ' +
                    "perch:load: a shard has its own targets only",
            ],
        ],
        [
            "SLOs over more than the Ruler finds, or with what isn't theirs",
            {
                metrics: { retention: "2d" },
                longTerm: {
                    ruler: {},
                    compactor: { retention: { raw: "14d" } },
                    query: { endpoints: { east: { addresses: ["thanos.east:443"] } } },
                },
                slos: {
                    orders: { service: "shop", objective: 99, errors: "errors[{window}]", total: "all[{window}]" },
                },
            },
            [
                'perch:longTerm.query.endpoints: got "east"; expected none with slos that the Ruler evaluates: it would ' +
                    "count the other clusters' events too; or a metrics.retention of 30d, with which Prometheus evaluates them",
                'perch:longTerm.compactor.retention.raw: got "14d"; expected 30d or more with slos that the Ruler ' +
                    "evaluates: it reads samples as they came",
            ],
        ],
        [
            "a memcached that wouldn't start: items above half of its memory",
            { longTerm: { caches: { kind: "memcached", responses: { maxItemSize: "205Mi" } } } },
            [
                'perch:longTerm.caches.responses.maxItemSize: got "205Mi"; ' +
                    "expected at most 204.5Mi, half of what items have of resources.requests.memory",
            ],
        ],
        [
            "V-07: replicas of a Loki on its own disk",
            { logs: { storage: { kind: "filesystem" }, replicas: 2 } },
            ["perch:logs.replicas: unknown key; known are kind, storage, retention, volume, resources"],
        ],
        [
            "V-09: a node port below the range",
            { grafana: { exposure: { kind: "nodePort", port: 29_999 } } },
            ["perch:grafana.exposure.port: got 29999; expected at least 30000"],
        ],
        [
            "V-09: a node port above the range",
            { metrics: { exposure: { kind: "nodePort", port: 32_768 } } },
            ["perch:metrics.exposure.port: got 32768; expected at most 32767"],
        ],
        [
            "V-08: dashboards for everybody behind an ingress with TLS",
            { grafana: { host: "g.example.com", anonymous: { kind: "viewer" } } },
            [
                "perch:grafana.anonymous.publicly: missing; expected true if whoever finds this ingress with TLS may " +
                    "read all metrics and logs, or grafana.anonymous.kind none",
            ],
        ],
        [
            "V-08: the same, confirmed",
            { grafana: { host: "g.example.com", anonymous: { kind: "viewer", publicly: true } } },
            [],
        ],
        [
            "a load balancer beside an ingress with TLS",
            { grafana: { host: "g.example.com", exposure: { kind: "ingress", loadBalancer: true } } },
            [
                "perch:grafana.exposure.loadBalancer: got true; expected false, or grafana.exposure.tls.kind none: the " +
                    "load balancer speaks plain HTTP, by which nobody could log in beside an ingress with TLS",
            ],
        ],
        [
            "the same without TLS",
            {
                grafana: {
                    host: "g.example.com",
                    exposure: { kind: "ingress", loadBalancer: true, tls: { kind: "none" } },
                },
            },
            [],
        ],
        [
            "V-09: the same node port twice",
            {
                networkPolicies: { enabled: false },
                metrics: { exposure: { kind: "nodePort", port: 30030 } },
                grafana: { host: "g.example.com", exposure: { kind: "nodePort", port: 30030 } },
            },
            ["perch:metrics.exposure.port: got 30030; expected another port than Grafana's"],
        ],
        [
            "V-12: a way to Prometheus from everywhere, through NetworkPolicies",
            { networkPolicies: { enabled: true }, metrics: { exposure: { kind: "nodePort", port: 30090 } } },
            ["clients", "nodes"].map(
                (peer) =>
                    `perch:networkPolicies.${peer}.cidrs: lets in everybody; expected narrower ranges with ` +
                    "metrics.exposure, for Prometheus has no login, or networkPolicies.enabled false",
            ),
        ],
        [
            "V-12: the same from ranges",
            {
                networkPolicies: { clients: { cidrs: ["10.0.0.0/8"] }, nodes: { cidrs: ["10.1.0.0/16"] } },
                metrics: { exposure: { kind: "nodePort", port: 30090 } },
            },
            [],
        ],
        [
            "an unknown default datasource",
            { grafana: { host: "g.example.com", defaultDatasource: "lokki" } },
            ['perch:grafana.defaultDatasource: got "lokki"; expected thanos, prometheus or loki; did you mean loki?'],
        ],
        [
            "Prometheus as the default datasource where Thanos is in its place",
            { grafana: { host: "g.example.com", defaultDatasource: "prometheus", directPrometheus: false } },
            [
                'perch:grafana.defaultDatasource: got "prometheus"; expected a datasource that is there: ' +
                    "grafana.directPrometheus is false, and Thanos is in its place",
            ],
        ],
        [
            "a name that isn't a label",
            { platform: { namespace: "Mon_itoring" } },
            [
                'perch:platform.namespace: got "Mon_itoring"; expected a DNS label: lower-case letters, digits and dashes, at most 63',
            ],
        ],
        ...["Logs", "lo", "a..b", "-logs", "10.0.0.1", "l".repeat(64)].map((name): [string, StackFile, string[]] => [
            `a bucket's name that S3 refuses: ${name}`,
            { longTerm: { bucket: { name } } },
            [
                `perch:longTerm.bucket.name: got "${name.slice(0, 57)}${name.length > 60 ? "..." : ""}"; ` +
                    "expected an S3 bucket name: 3 to 63 lower-case letters, digits, dashes and single dots",
            ],
        ]),
        ...caCertificates.map(([what, text, message]): [string, StackFile, string[]] => [
            `${what} for the CA of the S3 endpoint`,
            { objectStorage: { ...compatible, caCertificate: text }, ...secretKeys },
            [`perch:objectStorage.caCertificate: ${message}`],
        ]),
        ...["docs/runbooks", "https://example.com/runbooks", "https://example.com/{name}"].map(
            (runbookUrl): [string, StackFile, string[]] => [
                `an address of runbooks that names no page: ${runbookUrl}`,
                { alerting: { runbookUrl } },
                [
                    `perch:alerting.runbookUrl: got "${runbookUrl}"; expected a URL with {alert} in it, ` +
                        "such as https://example.com/runbooks/{alert}.md",
                ],
            ],
        ),
        [
            "a time to wait without a unit",
            { platform: { readyTimeout: 240 } },
            ["perch:platform.readyTimeout: got 240; expected a duration with a unit, such as 30s, 15d or 1h30m"],
        ],
        [
            "an image without a version",
            { images: { loki: "docker.io/grafana/loki:latest" } },
            [
                'perch:images.loki: got "docker.io/grafana/loki:latest"; expected a tag that starts with a version, such as :v1.2.3, or a digest (@sha256:...)',
            ],
        ],
        [
            "a profile that doesn't exist",
            { profile: "kup6" },
            [
                'perch:profile: there is no profile "kup6"; expected standard, perch, kup6s, severed, urlshortener or acd; did you mean kup6s?',
            ],
        ],
        [
            "a missing name of the cluster",
            { cluster: { platform: "k3s" } },
            [
                "perch:cluster.name: missing; expected a DNS label: lower-case letters, digits and dashes, at most 63 (Name of the cluster: label `cluster` of every series, log line and alert)",
            ],
        ],
        [
            "a login in a URL",
            {
                objectStorage: {
                    kind: "compatible",
                    endpoint: "https://me:pass@s3.example.com",
                    region: "x",
                    buckets: "existing",
                },
            },
            [
                'perch:objectStorage.endpoint: got "https://***@s3.example.com"; expected scheme, host and, where needed, port: no path, query or login',
            ],
        ],
    ];
    for (const [what, file, expected] of cases) {
        it(`refuses ${what}`, () => {
            const given = Object.fromEntries(neededSecrets.map((key) => [key, "x"]));
            expect(problemsOf({ ...given, ...file }, neededSecrets)).to.deep.equal(expected);
        });
    }

    it("is told all at once, shapes and rules and secrets together", () => {
        const file = {
            cluster: {},
            metrcs: {},
            metrics: { retention: "1h" },
            logs: { retention: 15 },
            grafana: { replicas: 2 },
            smtpPassword: "hunter2",
        };
        expect(() => loadSettings(sourceOf(file), "prod"))
            .to.throw(pulumi.RunError)
            .with.property(
                "message",
                [
                    "The configuration of stack prod has 8 problems:",
                    "  - perch:metrcs: unknown key; did you mean perch:metrics?",
                    "  - perch:smtpPassword: isn't encrypted in the stack file; choose a new value and run: pulumi config set --secret perch:smtpPassword --stack prod",
                    "  - perch:cluster.name: missing; expected a DNS label: lower-case letters, digits and dashes, at most 63 (Name of the cluster: label `cluster` of every series, log line and alert)",
                    "  - perch:logs.retention: got 15; expected a duration with a unit, such as 30s, 15d or 1h30m",
                    '  - perch:metrics.retention: got "1h"; expected 6h or more, so that blocks outlive an outage of the object storage',
                    "  - perch:alerting.deadMansSwitch: missing; expected who notices that this monitoring is dead: the URL of a check outside of the cluster that rings when it isn't called (pulumi config set --secret perch:deadMansSwitchUrl --stack prod), or kind none",
                    "  - perch:grafana.host: missing; expected the host name under which Grafana is reached, such as grafana.example.com (or grafana.exposure.kind none)",
                    "  - perch:grafana.replicas: got 2; expected 1: more replicas need a shared PostgreSQL, which isn't there yet",
                ].join("\n"),
            );
    });

    it("counts a single problem in words", () => {
        expect(() => loadSettings(sourceOf(answered({ cluster: { name: "a" } })), "dev")).to.throw(
            /^The configuration of stack dev has a problem:\n {2}- perch:grafana\.host: missing/,
        );
    });
});
