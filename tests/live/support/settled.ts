import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import {
    isReady,
    nameOf,
    processesOf,
    readProc,
    realOnes,
    restarts,
    simulatedOnes,
    stackPods,
    untilAllReady,
} from "./pods";

/** After which a pod has shown whether it stays. */
const settleMs = 60_000;

/** What the kernel says of a process: user, effective capabilities, whether it may gain any, seccomp's mode. */
function confinement(pid: number) {
    const status = readProc(`${pid}/status`) ?? "";
    const field = (name: string): string => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
    // The fields of a mount: its place is the fifth, its options are the sixth.
    const root = (readProc(`${pid}/mountinfo`) ?? "").split("\n").find((line) => line.split(" ")[4] === "/");
    return {
        user: Number(field("Uid")),
        capabilities: BigInt(`0x${field("CapEff") || "0"}`),
        noNewPrivileges: field("NoNewPrivs") === "1",
        seccomp: field("Seccomp") === "2",
        readOnlyRoot: root?.split(" ")[5]?.split(",").includes("ro") === true,
    };
}

/** The user that a container's manifest asks for. */
function wantedUser({ spec }: V1Pod, { securityContext }: V1Container): number | undefined {
    return securityContext?.runAsUser ?? spec?.securityContext?.runAsUser;
}

/** The tests of pods that have settled, for a `describe`: they hold for whatever is deployed. */
export function testSettledPods(): void {
    let pods: V1Pod[];

    before(async function () {
        this.timeout(600_000);
        const starts = (await untilAllReady()).map(({ status }) => status?.startTime?.getTime() ?? 0);
        await sleep(Math.max(0, Math.max(...starts) + settleMs - Date.now()));
        pods = await stackPods();
    });

    it("has every real pod ready, and none was restarted", () => {
        expect(pods.filter((pod) => !isReady(pod)).map(nameOf)).to.deep.equal([]);
        expect(restarts(realOnes(pods))).to.deep.equal([]);
    });

    it("is real but for Grafana", () => {
        const simulated = simulatedOnes(pods).map(({ metadata }) => metadata?.labels?.["app.kubernetes.io/name"]);
        expect([...new Set(simulated)]).to.deep.equal(["grafana"]);
        expect(realOnes(pods)).to.have.length.above(15);
    });

    it("keeps each process unprivileged: no root, no capability, seccomp, a root folder that nobody writes", () => {
        const offenders: string[] = [];
        let seen = 0;
        for (const pod of realOnes(pods)) {
            for (const { pid, container } of processesOf(pod).filter((found) => found.container !== undefined)) {
                const definition = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
                    ({ name }) => name === container,
                );
                if (definition === undefined || readProc(`${pid}/status`) === undefined) {
                    continue;
                }
                seen += 1;
                const { user, ...found } = confinement(pid);
                const asked = wantedUser(pod, definition);
                const expected = { capabilities: 0n, noNewPrivileges: true, seccomp: true, readOnlyRoot: true };
                for (const [what, value] of Object.entries(expected)) {
                    if (found[what as keyof typeof expected] !== value) {
                        offenders.push(`${nameOf(pod)} ${container ?? ""}: ${what}`);
                    }
                }
                if (user === 0 || (asked !== undefined && user !== asked)) {
                    offenders.push(`${nameOf(pod)} ${container ?? ""}: user ${user}, not ${asked ?? "another than 0"}`);
                }
            }
        }
        expect(offenders).to.deep.equal([]);
        const containers = realOnes(pods).reduce((sum, { spec }) => sum + (spec?.containers.length ?? 0), 0);
        expect(seen).to.be.at.least(containers);
    });
}
