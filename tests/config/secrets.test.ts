import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { loadSettings } from "../../config/load";
import { answered, configSource } from "../support/config";
import { problemsOf, required, type StackFile } from "./settings";

describe("secrets of a stack file", () => {
    it("stay secret, each only where it is given", async () => {
        const { secretValues } = loadSettings(configSource(answered(required), ["smtpPassword"]), "prod");
        expect(Object.keys(secretValues)).to.deep.equal(["smtpPassword"]);
        expect(await pulumi.isSecret(secretValues.smtpPassword!)).to.be.true;
    });

    it("are used where they are given: Grafana's password isn't generated then", () => {
        const settings = loadSettings(configSource(answered(required), ["grafanaAdminPassword"]), "prod");
        expect(settings.secrets.grafanaAdmin).to.deep.equal({ kind: "config" });
    });

    it("V-13, K-105: are refused unencrypted, with the command to run and without their value", () => {
        expect(problemsOf({ smtpPassword: "hunter2" })).to.deep.equal([
            "perch:smtpPassword: isn't encrypted in the stack file; choose a new value and run: " +
                "pulumi config set --secret perch:smtpPassword --stack prod",
        ]);
    });

    const inside: [string, StackFile, string, string][] = [
        [
            "a password of Grafana",
            { grafana: { ...required.grafana, adminPassword: "hunter2" } },
            "grafana.adminPassword",
            "grafanaAdminPassword",
        ],
        [
            "a secret key of Grafana",
            { grafana: { ...required.grafana, secretKey: "hunter2" } },
            "grafana.secretKey",
            "grafanaSecretKey",
        ],
        [
            "a mail password",
            { alerting: { smtp: { host: "a.example", from: "a@a.example", password: "hunter2" } } },
            "alerting.smtp.password",
            "smtpPassword",
        ],
        ["an S3 key", { objectStorage: { accessKey: "hunter2" } }, "objectStorage.accessKey", "s3AccessKey"],
        ["an S3 secret", { objectStorage: { secretKey: 12345 } }, "objectStorage.secretKey", "s3SecretKey"],
        [
            "a secret in place of its source",
            { secrets: { smtpPassword: "hunter2" } },
            "secrets.smtpPassword",
            "smtpPassword",
        ],
        [
            "a secret beside its source",
            { secrets: { grafanaAdmin: { kind: "config", password: "hunter2" } } },
            "secrets.grafanaAdmin.password",
            "grafanaAdminPassword",
        ],
    ];
    for (const [what, file, path, key] of inside) {
        it(`V-13: refuse ${what} inside an area`, () => {
            expect(problemsOf(file)).to.deep.equal([
                `perch:${path}: looks like a secret in plain text; a secret is a key of its own: remove this one and run: ` +
                    `pulumi config set --secret perch:${key} --stack prod`,
            ]);
        });
    }

    it("V-13: refuse a secret that no part takes, naming the keys that exist", () => {
        const [first] = problemsOf({
            alerting: {
                receivers: { chat: { kind: "email", to: ["a@a.example"], signingKeyToken: "https://hunter2" } },
            },
        });
        expect(first).to.match(
            /^perch:alerting\.receivers\.chat\.signingKeyToken: looks like a secret .* --secret perch:<key> /,
        );
    });

    it("V-13: refuse an area that is encrypted, and ask nothing more of it", () => {
        const refused = problemsOf({ grafana: { adminPassword: "hunter2" } }, ["grafana"]);
        expect(refused).to.deep.equal([
            "perch:grafana: holds an encrypted value, and an area is read as plain text; a secret is a key of its own: " +
                "remove this one and run: pulumi config set --secret perch:grafanaAdminPassword --stack prod",
        ]);
    });

    it("are shown in no message, wherever they stand", () => {
        const file = {
            smtpPassword: "hunter2",
            slackToken: "hunter2",
            secrets: "hunter2",
            grafana: { password: "hunter2", token: ["hunter2"] },
            objectStorage: { kind: "compatible", endpoint: "https://key:hunter2@s3.example.com", region: "x" },
        };
        expect(problemsOf(file).join("\n")).to.not.be.empty.and.not.contain("hunter2");
    });

    it("leave settings alone whose names only sound like secrets", () => {
        const file = {
            grafana: {
                host: "a.example.com",
                exposure: { kind: "ingress", tls: { kind: "existing", secretName: "tls" } },
            },
        };
        expect(problemsOf(file)).to.deep.equal([]);
    });
});
