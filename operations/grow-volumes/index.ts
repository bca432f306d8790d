import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { UserError } from "../../cli/errors";
import { Pulumi } from "../pulumi";
import { type Grown, VolumeCluster } from "./cluster";
import { describeGrowth, plannedGrowth } from "./plan";

interface Options {
    stack?: string;
    yes?: true;
}

const report = (message: string): void => {
    process.stdout.write(`${message}\n`);
};

/**
 * Makes volumes larger without a restart. Kubernetes refuses to change the size in a StatefulSet, so `pulumi up` would
 * delete it with its pods, and make a new one over claims that have kept their size, or are gone with it.
 */
export function registerGrowVolumes(program: Command): void {
    program
        .command("grow-volumes")
        .description("make volumes as large as the settings now say, without a restart, then run pulumi up")
        .option("-s, --stack <stack>", "the stack, if not the selected one")
        .option("-y, --yes", "don't ask")
        .action(async ({ stack, yes }: Options) => {
            process.exitCode = await growVolumes(new Pulumi(stack), yes === true);
        });
}

/** @returns the exit code of `pulumi up`; 0 where nothing grows */
async function growVolumes(pulumi: Pulumi, confirmed: boolean): Promise<number> {
    report("What pulumi up would do ...");
    const growths = plannedGrowth(await pulumi.output("preview", "--json"));
    if (growths.length === 0) {
        report("No volume gets larger. Set the new size first, such as perch:metrics.volume.size.");
        return 0;
    }
    const cluster = new VolumeCluster(await pulumi.cluster());
    const grown = await Promise.all(growths.map((growth) => cluster.find(growth)));
    await cluster.requireExpandable(grown.flatMap(({ claims }) => claims));
    report(`Volumes that grow, which can't be taken back:\n${growths.map(describeGrowth).join("\n")}`);
    report("After that pulumi up deploys all that its preview shows.");
    if (!confirmed && !(await agreed())) {
        return 0;
    }
    return grow(pulumi, cluster, grown);
}

async function agreed(): Promise<boolean> {
    if (!process.stdin.isTTY) {
        throw new UserError("Nobody is there to ask: add --yes. Nothing was changed.");
    }
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await terminal.question("Go on? yes/no ");
    terminal.close();
    return answer === "yes";
}

async function grow(pulumi: Pulumi, cluster: VolumeCluster, grown: readonly Grown[]): Promise<number> {
    for (const { growth, claims } of grown) {
        report(`${growth.kind} ${growth.name}: ${claims.map(({ name }) => name).join(", ")} -> ${growth.to} ...`);
        await Promise.all(claims.map((claim) => cluster.growClaim(claim)));
    }
    report("StatefulSets are made anew, of the new size; their pods run on ...");
    await Promise.all(grown.filter(isOperated).map((one) => renewOperated(cluster, one)));
    // Those of the program are made by pulumi up: it finds the old ones gone.
    const own = grown.filter((one) => !isOperated(one)).flatMap(({ sets }) => sets);
    await Promise.all(own.map((set) => cluster.orphan(set)));
    const code = await pulumi.show("up", "--yes", "--skip-preview");
    if (code === 0) {
        await Promise.all(own.map((set) => cluster.settled(set)));
        // Not before: a size that nobody has applied would go with the field's last owner.
        await Promise.all(grown.filter(isOperated).map(({ growth }) => cluster.release(growth)));
    }
    return code;
}

const isOperated = ({ growth }: Grown): boolean => growth.kind !== "StatefulSet";

async function renewOperated(cluster: VolumeCluster, { growth, sets }: Grown): Promise<void> {
    // Else the operator would make the StatefulSet anew, of the old size, as soon as it is gone.
    await cluster.pause(growth);
    try {
        await Promise.all(sets.map((set) => cluster.orphan(set)));
    } catch (error) {
        await cluster.release(growth);
        throw error;
    }
    await cluster.resume(growth);
    await Promise.all(sets.map((set) => cluster.settled(set)));
}
