import { expect } from "chai";
import { loadSettings, type Settings } from "../../config/load";
import { configSource } from "../support/config";
import { required, type StackFile } from "./settings";

const alerting = { deadMansSwitch: { kind: "none" } };
const oidcProvider = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE";
const exposure = { kind: "ingress", className: "alb" };
const compatible = { kind: "compatible", endpoint: "https://s3.example.com", region: "eu" };

const on = (platform: string, file: StackFile = {}, secrets: readonly string[] = []): Settings =>
    loadSettings(
        configSource({ ...required, alerting, ...file, cluster: { name: "test", platform } }, secrets),
        "prod",
    );

const problems = (platform: string, file: StackFile = {}): string[] => {
    try {
        on(platform, file);
    } catch (error) {
        return (error as Error).message.split("\n  - ").slice(1);
    }
    return [];
};

const noProvider =
    "perch:objectStorage.access.oidcProvider: missing; expected the ARN of the cluster's IAM OIDC provider " +
    "(aws iam list-open-id-connect-providers), or objectStorage.access.kind user: an access key for each client, " +
    "which never expires";
const noClass =
    "perch:grafana.exposure.className: missing; expected the IngressClass of the controller that you have installed: eks, " +
    "as cluster.platform says, brings none (kubectl get ingressclass), or another grafana.exposure.kind";

describe("What a platform decides", () => {
    it("is enough on K3s and elsewhere with the answers that every stack gives", () => {
        expect(["k3s", "generic"].flatMap((platform) => problems(platform))).to.deep.equal([]);
    });

    it("is on EKS that pods take roles, by the provider that the stack file names", () => {
        const { objectStorage, grafana } = on("eks", {
            objectStorage: { access: { oidcProvider } },
            grafana: { ...required.grafana, exposure },
        });
        expect(objectStorage).to.deep.include({ kind: "aws", access: { kind: "role", oidcProvider } });
        expect(grafana.exposure).to.deep.include(exposure);
        expect(on("generic").objectStorage).to.deep.include({ kind: "aws", access: { kind: "user" } });
    });

    it("leaves open on EKS what only its owner knows, and asks for that", () => {
        expect(problems("eks")).to.have.members([noProvider, noClass]);
        expect(problems("eks", { grafana: { ...required.grafana, exposure } })).to.deep.equal([noProvider]);
        expect(problems("eks", { objectStorage: { access: { kind: "role", oidcProvider } } })).to.deep.equal([noClass]);
    });

    const grafana = { exposure: { kind: "none" } };

    it("gives way to what the stack file says: keys for each client, another S3 API, no object storage at all", () => {
        const keys = { objectStorage: { access: { kind: "user" } }, grafana };
        expect(on("eks", keys).objectStorage).to.deep.include({ kind: "aws", access: { kind: "user" } });
        const given = on("eks", { objectStorage: compatible, grafana }, ["s3AccessKey", "s3SecretKey"]);
        expect(given.objectStorage).to.deep.include({ ...compatible, access: { kind: "given" } });
        const local = { longTerm: { kind: "none" }, logs: { kind: "single", storage: { kind: "filesystem" } } };
        expect(problems("eks", { ...local, grafana })).to.deep.equal([]);
    });

    it("doesn't ask for a class where nothing is exposed by one", () => {
        for (const none of [{ kind: "none" }, { kind: "nodePort", port: 30030 }, { kind: "loadBalancer" }]) {
            expect(problems("eks", { grafana: { exposure: none } }), none.kind).to.deep.equal([noProvider]);
        }
    });

    it("leaves a role without a provider to nobody, whatever the platform", () => {
        expect(problems("generic", { objectStorage: { access: { kind: "role" } } })).to.deep.equal([noProvider]);
    });
});
