import { expect } from "chai";
import { type Deployed, type KubeObject, kubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, stacks } from "../../support/stacks";
import type { Monitoring } from "../../../components/monitoring";
import { launchesOf } from "../support/containers";
import { type Running, whileItRuns } from "../support/running";
import { callSecurely, type CertificateFiles, realCertificate, withCertificate } from "../support/tls";

const objectName = "prometheus-operator-admission-webhook";
const host = `${objectName}.monitoring.svc`;

interface Review {
    response: {
        uid: string;
        allowed: boolean;
        status?: { message: string; details?: { causes: { message: string }[] } };
    };
}

interface Webhook {
    clientConfig: { service: { path: string } };
    rules: { resources: string[]; apiVersions: string[] }[];
}

/** An object as the API server sends it to the webhook that the stack registers for it. */
function review(configuration: KubeObject, resource: string, object: { kind: string; spec: object }) {
    const webhook = (configuration.webhooks as Webhook[]).find(({ rules }) => rules[0]?.resources.includes(resource));
    const version = webhook?.rules[0]?.apiVersions[0] ?? "";
    const path = webhook?.clientConfig.service.path ?? "";
    const group = "monitoring.coreos.com";
    const metadata = { name: "it", namespace: "web" };
    const body = {
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        request: {
            uid: "a-request",
            kind: { group, version, kind: object.kind },
            resource: { group, version, resource },
            operation: "CREATE",
            ...metadata,
            object: { apiVersion: `${group}/${version}`, metadata, ...object },
        },
    };
    return { path, body };
}

const rulesWith = (expr: string) => ({
    kind: "PrometheusRule",
    spec: { groups: [{ name: "it", rules: [{ alert: "It", expr, labels: { severity: "warning" } }] }] },
});

describe("The admission webhook of the operator, on profile standard", () => {
    let deployed: Deployed<Monitoring>;
    let files: CertificateFiles;

    before(async () => {
        deployed = await deployStack(stacks["profile standard"]!());
        files = await realCertificate(deployed.resources, "standard-admission-webhook-certificate");
    });

    /** Does something with the webhook of the stack, run with its flags and a certificate made of its inputs. */
    async function withWebhook<T>(work: (running: Running, port: number) => Promise<T>): Promise<T> {
        const deployment = kubeObject(deployed.resources, "Deployment", objectName);
        const [launch] = launchesOf(deployment, kubeObjects(deployed.resources));
        return whileItRuns(objectName, withCertificate(launch!, files), {}, async (running) => {
            const port = running.ports.get(8443) ?? 0;
            await running.until(() => callSecurely({ port, path: "/healthz", host, authority: files["ca.crt"] }));
            return work(running, port);
        });
    }

    it("refuses what Prometheus can't load, with the reason, and lets the rest through", async () => {
        const configuration = kubeObject(
            deployed.resources,
            "ValidatingWebhookConfiguration",
            `perch-standard-${objectName}`,
        );
        const answers = await withWebhook((_, port) =>
            Promise.all(
                ["sum(rate(a[5m])) > 1", "sum(rate(a[5m]) > 1"].map(async (expr) => {
                    const { path, body } = review(configuration, "prometheusrules", rulesWith(expr));
                    const answer = await callSecurely({ port, path, host, authority: files["ca.crt"], body });
                    return (JSON.parse(answer.body) as Review).response;
                }),
            ),
        );
        expect(answers.map(({ uid }) => uid)).to.deep.equal(Array(2).fill("a-request"));
        expect(answers.map(({ allowed }) => allowed)).to.deep.equal([true, false]);
        const reasons = answers.map(({ status }) => status?.details?.causes.map(({ message }) => message).join());
        expect(reasons[1]).to.contain("unclosed left parenthesis");
    });

    it("tells its metrics to who trusts the stack's authority, and shows a certificate that nobody else takes", async () => {
        const { metrics, other } = await withWebhook(async (_, port) => ({
            metrics: await callSecurely({ port, path: "/metrics", host, authority: files["ca.crt"] }),
            other: await callSecurely({ port, path: "/metrics", host: "other.svc", authority: files["ca.crt"] }).then(
                () => "accepted",
                (error: unknown) => (error as Error).message,
            ),
        }));
        expect(metrics.body).to.contain("go_goroutines");
        expect(other).to.contain("other.svc");
    });
});
