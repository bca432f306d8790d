import { expect } from "chai";
import { profileNames } from "../../config/profiles";
import { noControlPlane } from "../../config/profiles/profile";
import { problemsOf, profileSettings, settingsFrom, required } from "./settings";

const on = (platform: string) => ({ name: "test", platform });

const etcd = { kind: "pods", certificate: "etcd-client" };

function problems(platform: string, controlPlane: object): string[] {
    return problemsOf({ cluster: on(platform), metrics: { controlPlane } }).map((line) => line.replace(/^perch:/, ""));
}

describe("Kubernetes' own components in a stack file", () => {
    for (const platform of ["k3s", "eks"]) {
        it(`refuses pods of etcd where ${platform} has none`, () => {
            expect(problems(platform, { etcd })).to.deep.equal([
                'metrics.controlPlane.etcd.kind: got "pods"; expected none or addresses: on ' +
                    `${platform}, as cluster.platform says, etcd doesn't run in pods`,
            ]);
            expect(problems(platform, { etcd: { kind: "addresses", addresses: ["10.0.0.1:2381"] } })).to.deep.equal([]);
        });
    }

    it("takes pods of etcd where they are, and then wants a certificate", () => {
        expect(problems("generic", { etcd })).to.deep.equal([]);
        expect(problems("generic", { etcd: { kind: "pods" } })).to.have.length(1);
        expect(problems("generic", { etcd: { kind: "addresses", addresses: ["10.0.0.1"] } })).to.deep.equal([
            'metrics.controlPlane.etcd.addresses[0]: got "10.0.0.1"; expected a host and a port, such as db.example.com:9187',
        ]);
    });

    it("refuses to show every pod of kube-system a token", () => {
        expect(problems("generic", { podLabels: { scheduler: {} } })).to.deep.equal([
            "metrics.controlPlane.podLabels.scheduler: got an object; expected labels that no other pods of kube-system have",
        ]);
    });

    it("refuses a target that would pass for a component", () => {
        const targets = { dns: { kind: "static", addresses: ["10.0.0.1:9153"], job: "coredns" } };
        expect(problemsOf({ metrics: { targets } })).to.have.length(1);
    });

    it("are on as far as the platform shows them without more ado", () => {
        const scraped = (platform: string) => {
            const {
                etcd: member,
                podLabels,
                ...rest
            } = settingsFrom({ ...required, cluster: on(platform) }).metrics.controlPlane;
            expect([member.kind, Object.keys(podLabels).length]).to.deep.equal(["none", 4]);
            return Object.entries(rest).flatMap(([name, is]) => (is ? [name] : []));
        };
        expect(scraped("generic")).to.have.members(["apiServer", "coreDns"]);
        const inProcess = ["apiServer", "coreDns", "controllerManager", "scheduler"];
        expect(scraped("eks")).to.have.members(inProcess);
        expect(scraped("k3s")).to.have.members([...inProcess, "kubeProxy"]);
    });

    it("are off in the profiles whose documents name none", () => {
        for (const profile of profileNames.filter((name) => name !== "standard")) {
            for (const platform of ["generic", "k3s", "eks"]) {
                const { controlPlane } = profileSettings(profile, { cluster: on(platform) }).metrics;
                expect(controlPlane, `${profile} on ${platform}`).to.deep.include(noControlPlane);
            }
        }
    });
});

describe("The alert of the dead man's switch", () => {
    const alerting = { deadMansSwitch: { kind: "heartbeat" } };
    const secrets = { deadMansSwitchUrl: { kind: "existing", name: "check" } };
    const rules = { alerts: { Watchdog: { enabled: false } } };

    it("can't be left out while a check waits for it", () => {
        expect(problemsOf({ alerting, secrets, rules })).to.deep.equal([
            "perch:rules.alerts.Watchdog.enabled: got false; expected true: the dead man's switch hears of this alert; " +
                "alerting.deadMansSwitch.kind none takes both away",
        ]);
        expect(problemsOf({ alerting: { deadMansSwitch: { kind: "none" } }, rules })).to.deep.equal([]);
        expect(problemsOf({ alerting, secrets })).to.deep.equal([]);
    });
});
