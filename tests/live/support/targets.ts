import { expect } from "chai";
import { z } from "zod";
import { nodeNames } from "../../../sandbox/node/settings";
import { core, objects } from "./live";
import { isReady, nameOf, realOnes, simulatedOnes, stackNamespaces, stackPods } from "./pods";
import { query, throughApiServer } from "./queries";
import { until } from "./until";

const targetsSchema = z.object({
    data: z.object({
        activeTargets: z.array(
            z.object({
                labels: z.record(z.string(), z.string()),
                discoveredLabels: z.record(z.string(), z.string()),
                scrapeUrl: z.string(),
                health: z.string(),
                lastError: z.string(),
            }),
        ),
    }),
});

type ActiveTarget = z.output<typeof targetsSchema>["data"]["activeTargets"][number];

/** What a Prometheus scrapes, by its own word. */
async function targetsOf(pod: string): Promise<ActiveTarget[]> {
    const body = await throughApiServer("pods", `${pod}:9090`, "api/v1/targets?state=active");
    return targetsSchema.parse(JSON.parse(body)).data.activeTargets;
}

/** The Prometheus pods of the stack. */
export async function prometheusPods(): Promise<string[]> {
    return (await stackPods())
        .filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"] === "prometheus")
        .map(({ metadata }) => metadata?.name ?? "");
}

/** `<namespace>/<name>` of every monitor of the stack, by the scrape pools that come of them. */
async function monitors(): Promise<string[]> {
    const lists = await Promise.all(
        (await stackNamespaces()).flatMap((namespace) =>
            ["ServiceMonitor", "PodMonitor", "Probe"].map((kind) =>
                objects().list("monitoring.coreos.com/v1", kind, namespace),
            ),
        ),
    );
    return lists
        .flatMap(({ items }) => items)
        .map(({ metadata }) => `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`)
        .sort();
}

/** Addresses where nobody is: those of simulated pods and of the node that holds them. */
async function simulatedAddresses(): Promise<Set<string | undefined>> {
    const { status: simulatedNode } = await core().readNode({ name: nodeNames.simulated });
    return new Set([
        ...simulatedOnes(await stackPods()).map(({ status }) => status?.podIP),
        ...(simulatedNode?.addresses ?? []).map(({ address }) => address),
    ]);
}

const monitorOf = ({ discoveredLabels }: ActiveTarget) =>
    // serviceMonitor/<namespace>/<name>/<endpoint>
    (discoveredLabels.job ?? "").split("/").slice(1, 3).join("/");

/** The tests of what is scraped, for a `describe`: they hold for whatever is deployed. */
export function testTargets(): void {
    it("K-25: every target of a real pod is up, in both replicas, and every monitor has targets", async function () {
        this.timeout(400_000);
        const simulated = await simulatedAddresses();
        const isSimulated = ({ scrapeUrl }: ActiveTarget) => simulated.has(new URL(scrapeUrl).hostname);
        const replicas = await prometheusPods();
        expect(replicas).to.have.length(2);
        for (const replica of replicas) {
            const targets = await until(`target of ${replica} that isn't down`, 240, async () => {
                const all = await targetsOf(replica);
                const down = all.filter((target) => !isSimulated(target) && target.health !== "up");
                expect(down.map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} ${health}: ${lastError}`)).eql([]);
                expect([...new Set(all.map(monitorOf))].sort()).eql(await monitors());
                return all;
            });
            const listed = targets.filter(isSimulated);
            for (const { scrapeUrl, health } of listed) {
                process.stderr.write(`      simulated, not counted: ${scrapeUrl} is ${health}\n`);
            }
            expect([...new Set(listed.map(({ labels }) => labels.job))].sort()).to.deep.equal(["grafana", "kubelet"]);
        }
    });

    it("scrapes each real pod of the stack that has a port for it", async () => {
        // A pod that an earlier test rolled is found by the next discovery, and answers with the scrape after that.
        await until("sample of each real pod", 120, async () => {
            const up = new Set(
                (await query("up == 1")).map(({ metric }) => `${metric.namespace ?? ""}/${metric.pod ?? ""}`),
            );
            const unseen = realOnes(await stackPods()).filter((pod) => isReady(pod) && !up.has(nameOf(pod)));
            expect(unseen.map(nameOf)).to.deep.equal([]);
        });
    }).timeout(180_000);
}
