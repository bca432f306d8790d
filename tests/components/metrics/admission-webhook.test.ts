import { expect } from "chai";
import { CertificateAuthority } from "../../../components/certificates";
import { AdmissionWebhook } from "../../../components/metrics";
import { caCertificate } from "../../support/certificates";
import { kubeObject } from "../../support/mocks";
import { edgeLines } from "../../support/platform";
import { containerOf, deployOn, names, once, settingsOf, type TestInput } from "./fixture";

function deployWebhook(input: TestInput = {}) {
    const settings = settingsOf(input);
    return deployOn(settings, (parts, opts) => {
        const { platform } = parts;
        const authority = new CertificateAuthority("authority", { platform, settings: settings.certificates }, opts);
        const own = settings.metrics.operator.admissionWebhook;
        return new AdmissionWebhook("webhook", { ...parts, settings: own, authority }, opts);
    });
}

interface Webhook {
    name: string;
    failurePolicy: string;
    clientConfig: { service: object; caBundle?: string };
    rules: object[];
    namespaceSelector: object;
    [field: string]: unknown;
}

const objectName = "prometheus-operator-admission-webhook";
const standard = once(() => deployWebhook());

async function webhooks(deployed = standard()): Promise<Webhook[]> {
    const { resources } = await deployed;
    const found = kubeObject(resources, "ValidatingWebhookConfiguration", `perch-test-${objectName}`);
    return found.webhooks as Webhook[];
}

describe("AdmissionWebhook", () => {
    it("makes exactly these", async () => {
        const { resources } = await standard();
        expect(names(resources)).to.have.members([
            `Secret ${objectName}-tls`,
            `ServiceAccount ${objectName}`,
            `Deployment ${objectName}`,
            `Service ${objectName}`,
            `PodDisruptionBudget ${objectName}`,
            `ServiceMonitor ${objectName}`,
            `ValidatingWebhookConfiguration perch-test-${objectName}`,
        ]);
    });

    it("runs two servers, without any permission or token", async () => {
        const { resources } = await standard();
        const { spec } = kubeObject(resources, "Deployment", objectName) as unknown as {
            spec: { replicas: number; template: { spec: { automountServiceAccountToken: boolean } } };
        };
        expect(spec.replicas).to.equal(2);
        expect(spec.template.spec.automountServiceAccountToken).to.equal(false);
    });

    it("is asked about rules, and lets them through when it doesn't answer", async () => {
        const found = await webhooks();
        const asked = found.map(({ name, rules, failurePolicy, timeoutSeconds, clientConfig }) => ({
            name,
            rules,
            failurePolicy,
            timeoutSeconds,
            service: clientConfig.service,
        }));
        // No AlertmanagerConfigs: nothing reads them, so none may seem to be accepted.
        expect(asked).to.deep.equal([
            {
                name: "prometheusrules.monitoring.coreos.com",
                rules: [
                    {
                        apiGroups: ["monitoring.coreos.com"],
                        apiVersions: ["v1"],
                        resources: ["prometheusrules"],
                        operations: ["CREATE", "UPDATE"],
                        scope: "Namespaced",
                    },
                ],
                failurePolicy: "Ignore",
                timeoutSeconds: 5,
                service: {
                    name: objectName,
                    namespace: "monitoring",
                    port: 443,
                    path: "/admission-prometheusrules/validate",
                },
            },
        ]);
    });

    it("is trusted by the authority of its certificate", async () => {
        for (const { clientConfig } of await webhooks()) {
            expect(Buffer.from(clientConfig.caBundle ?? "", "base64").toString()).to.equal(caCertificate);
        }
        const byCertManager = await deployWebhook({ certificates: { kind: "certManager" } });
        const { metadata } = kubeObject(
            byCertManager.resources,
            "ValidatingWebhookConfiguration",
            `perch-test-${objectName}`,
        );
        expect(metadata.annotations).to.deep.equal({
            "cert-manager.io/inject-ca-from": `monitoring/${objectName}-tls`,
        });
        expect((await webhooks(Promise.resolve(byCertManager))).map(({ clientConfig }) => clientConfig)).to.satisfy(
            (all: object[]) => all.every((one) => !("caBundle" in one)),
        );
    });

    it("leaves neighbours' rules alone", async () => {
        const found = await webhooks(deployWebhook({ platform: { neighbours: ["other"] } }));
        expect(found.map(({ namespaceSelector }) => namespaceSelector)).to.deep.equal([
            {
                matchExpressions: [
                    { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["other", "other-host"] },
                ],
            },
        ]);
    });

    it("is called by the API server and by Prometheus, which verify it, and calls nobody", async () => {
        const { made, resources } = await standard();
        expect(edgeLines(made.platform)).to.deep.equal([`apiServer -> ${objectName}:8443`]);
        const { endpoints } = kubeObject(resources, "ServiceMonitor", objectName).spec as { endpoints: object[] };
        expect(endpoints[0]).to.deep.include({
            scheme: "https",
            tlsConfig: {
                ca: { secret: { name: `${objectName}-tls`, key: "ca.crt" } },
                serverName: `${objectName}.monitoring.svc`,
            },
        });
        const container = containerOf(kubeObject(resources, "Deployment", objectName), "admission-webhook");
        expect(container.readinessProbe.httpGet).to.deep.equal({ path: "/healthz", port: "https", scheme: "HTTPS" });
    });

    it("rolls its pods when its certificate changes", async () => {
        const { resources } = await standard();
        const { spec } = kubeObject(resources, "Deployment", objectName) as unknown as {
            spec: { template: { metadata: { annotations: object } } };
        };
        expect(spec.template.metadata.annotations).to.include.keys("perch.dev/secret-hash");
    });
});
