import { expect } from "chai";
import { caCertificate } from "../support/certificates";
import { neededSecrets, problemsOf, type StackFile } from "./settings";

const url = "https://metrics.example.com/api/v1/write";

/** The message for profile standard that writes to `central`; `secrets` of it are in the stack file. */
function problems(central: object, { secrets = [], ...file }: StackFile & { secrets?: string[] } = {}): string[] {
    const keys = [...neededSecrets, ...secrets];
    const given = Object.fromEntries(keys.map((key) => [key, "x"]));
    const { metrics = {}, sources = {}, ...rest } = file;
    return problemsOf(
        {
            ...given,
            ...rest,
            secrets: { remoteWrite: sources },
            metrics: { ...(metrics as object), remoteWrite: { central: { url, ...central } } },
        },
        keys,
    ).map((line) => line.replace(/^perch:(metrics\.remoteWrite\.central\.)?/, ""));
}

const run = (key: string) => `run: pulumi config set --secret perch:${key} --stack prod`;
const basic = { login: { kind: "basic", username: "me" } };

describe("remote write in a stack file", () => {
    const refused: [string, object, string][] = [
        [
            "a login in the URL",
            { url: "https://me:pass@example.com/write" },
            'url: got "https://***@example.com/write"; expected a URL without login or query ' +
                "(a URL with either is a secret), such as https://metrics.example.com/api/v1/write",
        ],
        [
            "a CA without TLS",
            { url: "http://example.com/write", caCertificate },
            "caCertificate: is given, but metrics.remoteWrite.central.url is http://example.com/write, without TLS; " +
                "remove one of them",
        ],
        [
            "exemplars where none are kept",
            { exemplars: true },
            "exemplars: got true; expected false: metrics.exemplarStorage is 0, so there are none to send",
        ],
        [
            "native histograms where none are scraped",
            { nativeHistograms: true },
            "nativeHistograms: got true; expected false: metrics.nativeHistograms is none, so there are none to send",
        ],
        [
            "calls larger than the queue",
            { queue: { capacity: 1000 } },
            "queue.samplesPerSend: got 2000; expected at most 1000, the capacity of the queue",
        ],
        [
            "more shards at least than at most",
            { queue: { minShards: 60 } },
            "queue.minShards: got 60; expected at most 50, as maxShards",
        ],
        [
            "a first pause above the longest",
            { queue: { minBackoff: "10s" } },
            'queue.minBackoff: got "10s"; expected at most 5s, as maxBackoff',
        ],
        ...["billing_(", "(?!test_).*", "(a)\\1", "(?<=a)b"].map((regex): [string, object, string] => [
            `an expression that Go hasn't: ${regex}`,
            { relabelings: [{ kind: "keep", regex }] },
            `relabelings[0].regex: got ${JSON.stringify(regex)}; expected a regular expression of Go (RE2), ` +
                "which looks neither ahead nor back, such as billing_.*",
        ]),
        [
            "a label that is none",
            { relabelings: [{ kind: "replace", targetLabel: "data-center" }] },
            'relabelings[0].targetLabel: got "data-center"; expected the name of a label: letters, digits and underscores',
        ],
        [
            "a rule of an unknown kind",
            { relabelings: [{ kind: "keeep", regex: "a" }] },
            'relabelings[0].kind: got "keeep"; expected keep, drop, labelDrop, labelKeep or replace; did you mean keep?',
        ],
        [
            "a key for a password",
            { login: { ...basic.login, password: "hunter2" } },
            "login.password: looks like a secret in plain text; a secret is a key of its own: remove this one and " +
                run("remoteWrite.central.password"),
        ],
    ];
    for (const [what, central, message] of refused) {
        it(`refuses ${what}`, () => {
            const secrets = "login" in central ? ["remoteWrite.central.password"] : [];
            expect(problems(central, { secrets })).to.deep.equal([message]);
        });
    }

    it("takes expressions as Go writes them", () => {
        const relabelings = ["(?i)billing_.*", "(?P<team>[a-z]+)_.+", "a|b", "(?i:x)y", "\\d+"].map((regex) => ({
            kind: "keep",
            regex,
        }));
        expect(problems({ relabelings })).to.deep.equal([]);
    });

    it("takes what is there to send", () => {
        const metrics = { exemplarStorage: 1000, nativeHistograms: "beside" };
        expect(problems({ exemplars: true, nativeHistograms: true }, { metrics })).to.deep.equal([]);
    });

    it("asks for each secret with the command", () => {
        const missing = (field: string) =>
            `remoteWrite.central.${field}: missing; metrics.remoteWrite.central logs in with it; ` +
            run(`remoteWrite.central.${field}`);
        expect(problems({ login: { kind: "bearer" } })).to.deep.equal([missing("token")]);
        expect(problems({ ...basic, clientCertificate: caCertificate })).to.deep.equal([
            missing("password"),
            missing("clientKey"),
        ]);
        expect(problems(basic, { secrets: ["remoteWrite.central.password"] })).to.deep.equal([]);
    });

    it("takes them from elsewhere, with the user name", () => {
        const sources = { central: { kind: "existing", name: "central" } };
        expect(problems({ login: { kind: "basic" } }, { sources })).to.deep.equal([]);
        expect(problems(basic, { sources })).to.deep.equal([
            'login.username: got "me"; expected nothing: secrets.remoteWrite.central.kind is existing, its key is username',
        ]);
        expect(problems({ login: { kind: "basic" } }, { secrets: ["remoteWrite.central.password"] })).to.deep.equal([
            "login.username: missing; expected the user name that belongs to the password",
        ]);
    });

    it("refuses secrets that nobody would read", () => {
        expect(
            problems(basic, { secrets: ["remoteWrite.central.password", "remoteWrite.centrl.token"] }),
        ).to.deep.equal([
            "remoteWrite.centrl.token: no remote write takes it; expected a secret that one does: " +
                "remoteWrite.central.password",
        ]);
        expect(problems({}, { sources: { central: { kind: "existing", name: "x" } } })).to.deep.equal([
            "secrets.remoteWrite.central: there is no such remote write with a secret; " +
                "no remote write of metrics.remoteWrite has a secret",
        ]);
        expect(
            problems(
                { login: { kind: "bearer" } },
                { sources: { central: { kind: "existing", name: "x" } }, secrets: ["remoteWrite.central.token"] },
            ),
        ).to.deep.equal([
            "remoteWrite.central.token: is given, but secrets.remoteWrite.central.kind is existing; remove one of them",
        ]);
    });
});
