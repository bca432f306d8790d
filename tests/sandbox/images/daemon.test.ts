import { expect } from "chai";
import { ensureRegistry, registryDaemonName } from "../../../sandbox/images";
import { daemonStatuses, stopDaemon } from "../../../sandbox/processes";

describe("images: the registry as a daemon", () => {
    after(() => stopDaemon(registryDaemonName));

    const answers = async (url: string): Promise<number> => (await fetch(`${url}/v2/`)).status;

    it("is started, reused, and started again after a kill, at the same address", async () => {
        const reports: string[] = [];
        const first = await ensureRegistry({ report: (message) => reports.push(message) });
        expect(first.outcome).to.equal("started");
        expect(first.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
        expect(await answers(first.url)).to.equal(200);
        expect(await ensureRegistry()).to.deep.equal({ url: first.url, outcome: "reused" });

        const status = daemonStatuses().find(({ name }) => name === registryDaemonName);
        process.kill(status!.pid, "SIGKILL");
        const third = await ensureRegistry();
        expect(third.url).to.equal(first.url);
        expect(third.outcome).to.be.oneOf(["started", "restarted"]);
        expect(await answers(third.url)).to.equal(200);
        expect(reports).to.deep.equal([`Starting the registry of images at ${first.url}`]);
    });

    it("moves to another address when it is told to", async () => {
        const { url, outcome } = await ensureRegistry({ address: "127.0.0.2" });
        expect(outcome).to.equal("restarted");
        expect(new URL(url).hostname).to.equal("127.0.0.2");
        expect(await answers(url)).to.equal(200);
    });
}).timeout(120_000);
