import { projectRoot } from "../../sandbox/paths";
import { openSandbox } from "../../sandbox/sandbox";
import { summary } from "../../tests/e2e/support/output";
import { run } from "./command";
import { figureLine, goals, plainLine, readySeconds, secondsOf } from "./figures";

/** Start, `make up` and unit tests, with pods that are simulated and tools that are there. */
export async function simulatedFigures(print: (line: string) => void): Promise<void> {
    const reports: string[] = [];
    const opened = await secondsOf(() => openSandbox({ target: "simulated", report: (line) => reports.push(line) }));
    print(figureLine(goals.platformReady, readySeconds("cluster", reports)));
    print(plainLine("with S3 API and engine", "s", opened));

    const up = () => run("make", ["up"], projectRoot);
    print(plainLine("first make up on it", "s", await secondsOf(up)));
    let output = "";
    const again = await secondsOf(async () => (output = await up()));
    const counts = summary(output);
    if (Object.keys(counts).some((what) => what !== "unchanged")) {
        throw new Error(`the second make up changed something: ${JSON.stringify(counts)}`);
    }
    print(figureLine(goals.unchangedUp, again));

    // They have a folder of their own where they need one.
    const env = { ...process.env, PERCH_SANDBOX_DIR: undefined };
    print(figureLine(goals.unitTests, await secondsOf(() => run("npm", ["test"], projectRoot, env))));
}
