import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { lokiPorts } from "../../components/logs/ports";
import { ClientPod, makeNamespace, removeNamespace } from "./support/client-pod";
import { keysIn, s3Of } from "./support/buckets";
import { kubectl } from "./support/kubectl";
import { live } from "./support/live";
import { stackPods } from "./support/pods";
import { queryLogs } from "./support/queries";
import { until } from "./support/until";

describe("Logs", () => {
    const marker = randomBytes(6).toString("hex");
    const lines = 20;
    let namespace: string;
    let pod: ClientPod;

    before(async function () {
        this.timeout(120_000);
        namespace = await makeNamespace("live-logs");
        const script = [
            `echo '{"level":"warn","trace_id":"${marker}","msg":"a line of JSON"}'`,
            `i=0; while [ $i -lt ${lines} ]; do echo "line $i of ${marker}"; i=$((i+1)); sleep 0.1; done`,
            "sleep 86400",
        ].join("; ");
        pod = await ClientPod.start({ namespace, command: ["sh", "-c", script] });
    });

    after(() => removeNamespace(namespace));

    it("K-60, K-71: of a pod come back through Loki's gateway, each once, in order, with the four labels", async () => {
        const selector = `{cluster="kup6s", namespace="${namespace}", pod="${pod.name}", container="main"}`;
        const streams = await until(`stream with all lines of ${pod.name}`, 180, async () => {
            const found = await queryLogs(`${selector} |= "${marker}" != "JSON" | drop detected_level`);
            expect(found.flatMap(({ values }) => values)).to.have.length.at.least(lines);
            return found;
        });
        expect(streams.map(({ stream }) => stream)).to.deep.equal([
            { cluster: "kup6s", namespace, pod: pod.name, container: "main" },
        ]);
        expect(streams[0]?.values.map(([, line]) => line)).to.deep.equal(
            Array.from({ length: lines }, (_, index) => `line ${index} of ${marker}`),
        );
    }).timeout(300_000);

    it("K-69: a line of JSON is found by its structured metadata", async () => {
        const found = await until("line with its trace id as metadata", 120, async () => {
            const streams = await queryLogs(`{namespace="${namespace}"} | trace_id="${marker}" | level="warn"`);
            expect(streams).to.have.length(1);
            return streams;
        });
        expect(found[0]?.values.map(([, line]) => JSON.parse(line) as unknown)).to.deep.equal([
            { level: "warn", trace_id: marker, msg: "a line of JSON" },
        ]);
    }).timeout(180_000);

    it("K-65: are kept in the bucket that the program made, with the keys that it made", async () => {
        const { namespace: stack, buckets } = live().outputs;
        const writers = (await stackPods()).filter(({ metadata }) => metadata?.name?.startsWith("loki-write-"));
        for (const { metadata } of writers) {
            const path = `pods/${metadata?.name ?? ""}:${lokiPorts.http}/proxy/flush`;
            await kubectl("create", "--raw", `/api/v1/namespaces/${stack}/${path}`, "--filename", "/dev/null");
        }
        await until("chunk in the bucket of logs", 120, async () => {
            const keys = await keysIn(await s3Of("loki"), buckets.logs);
            expect(keys.filter((key) => key.startsWith("fake/"))).to.not.have.length(0);
        });
    }).timeout(180_000);
});
