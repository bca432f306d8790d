import { expect } from "chai";
import { type ProfileName, profileNames } from "../../config/profiles";
import { type ConfigValues, overlay } from "../../sandbox/engine";
import { profileValues, receiverSecrets } from "../../sandbox/stack-values";
import { settingsOf } from "../support/config";
import { committedConfig } from "../e2e/support/stack";

const inNamespace = (values: object) =>
    Object.fromEntries(
        Object.entries(values).flatMap(([key, value]): [string, unknown][] =>
            key.startsWith("perch:") ? [[key.slice("perch:".length), value]] : [],
        ),
    );

/** Settings of `make up PROFILE=<profile>`, but for where the S3 API is. */
function settings(profile: ProfileName, own: ConfigValues) {
    const config = overlay(committedConfig("local"), own);
    const secrets = [
        "s3AccessKey",
        "s3SecretKey",
        "smtpPassword",
        ...Object.keys(inNamespace(receiverSecrets(profile))),
    ];
    return settingsOf({ ...inNamespace(config), profile }, secrets, "local");
}

describe("What the sandbox says beside the committed stack file", () => {
    for (const profile of profileNames) {
        it(`makes settings that the program takes: ${profile}`, () => {
            expect(settings(profile, profileValues(profile)).profile).to.equal(profile);
        });
    }

    it("leaves NetworkPolicies on but for a profile with a way to Prometheus, which would be refused", () => {
        const enabled = profileNames.filter((name) => settings(name, profileValues(name)).networkPolicies.enabled);
        expect(enabled).to.have.members(profileNames.filter((name) => name !== "urlshortener"));
        expect(() => settings("urlshortener", {})).to.throw("perch:networkPolicies.clients.cidrs: lets in everybody");
    });

    it("has a secret for each receiver of the profile, and for no other", () => {
        expect(receiverSecrets("urlshortener")).to.deep.equal({
            "perch:receiver.discord.webhookUrl": "https://discord.invalid/",
            "perch:receiver.discord-critical.webhookUrl": "https://discord-critical.invalid/",
        });
        expect(receiverSecrets(undefined)).to.deep.equal({});
    });
});
