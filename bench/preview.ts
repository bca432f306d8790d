/**
 * How long `pulumi preview` of the prod stack takes, beside the floor: a program with the same SDKs that registers as
 * many 1 KiB ConfigMaps. Both run on the sandbox, in turn, on an empty state and right after `up`.
 *
 * `npm run bench:preview [-- runs]`, 5 by default; takes some minutes.
 */
// First: the sandbox reads its run folder when it is loaded.
import "../tests/sandbox/support/run-folder";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { type PulumiCli, resourceCount, runOrFail, runQuietly } from "../sandbox/engine";
import { runDir } from "../sandbox/paths";
import { stopPlatform } from "../sandbox/platform";
import { stopDaemon } from "../sandbox/processes";
import { s3DaemonName } from "../sandbox/s3";
import { openSandbox } from "../sandbox/sandbox";

const root = path.resolve(__dirname, "..");
const runs = Number(process.argv[2] ?? 5);

/** One of the two programs. */
interface Program {
    readonly name: string;
    readonly cli: PulumiCli;
}

/** Figures of one state, in milliseconds and MB. */
interface Figures {
    readonly wall: number[];
    readonly nodeMb: number[];
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Peak resident memory of the program's own process, in MB; the kernel keeps it until the process ends. */
function peakOfProgram(): number {
    const peaks = fs
        .readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .flatMap((pid) => {
            try {
                const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
                const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
                return command.includes("@pulumi/pulumi/cmd/run") ? [Number(kilobytes) / 1024] : [];
            } catch {
                return [];
            }
        });
    return Math.max(0, ...peaks);
}

async function main(): Promise<void> {
    const { engine, s3 } = await openSandbox({ cluster: "embedded", report: () => undefined });

    const program = async (name: string, cwd: string, config: Record<string, unknown>): Promise<Program> => {
        const file = path.join(runDir, `Pulumi.${name}.yaml`);
        fs.writeFileSync(file, stringify({ config }), { mode: 0o600 });
        const others = Object.fromEntries(Object.entries(engine.env).filter(([name]) => name !== "PULUMI_STACK"));
        const env = { ...others, PULUMI_OPTION_CONFIG_FILE: file };
        const cli = { program: engine.program, cwd, env };
        await runOrFail(cli, ["stack", "select", "--create", name]);
        return { name, cli: { ...cli, env: { ...env, PULUMI_STACK: name } } };
    };

    const measure = async (programs: readonly Program[]): Promise<Map<string, Figures>> => {
        const figures = new Map(programs.map(({ name }): [string, Figures] => [name, { wall: [], nodeMb: [] }]));
        for (let run = 0; run <= runs; run += 1) {
            for (const { name, cli } of programs) {
                let peak = 0;
                const timer = setInterval(() => (peak = Math.max(peak, peakOfProgram())), 100);
                const started = performance.now();
                await runOrFail(cli, ["preview"]);
                clearInterval(timer);
                // The first run warms up the caches of both.
                if (run > 0) {
                    figures.get(name)?.wall.push(performance.now() - started);
                    figures.get(name)?.nodeMb.push(peak);
                }
            }
        }
        return figures;
    };

    const print = (state: string, figures: Map<string, Figures>, resources: number): void => {
        const [stack, floor] = ["prod", "floor"].map((name) => median(figures.get(name)?.wall ?? []));
        const memory = median(figures.get("prod")?.nodeMb ?? []);
        process.stdout.write(
            `${state}: prod ${((stack ?? NaN) / 1000).toFixed(2)} s, floor ${((floor ?? NaN) / 1000).toFixed(2)} s, ` +
                `ratio ${((stack ?? NaN) / (floor ?? NaN)).toFixed(2)} (goal 1.20), ` +
                `goal ${(3 + 0.02 * resources).toFixed(1)} s for ${resources} resources, ` +
                `program ${memory.toFixed(0)} MB (goal 300)\n`,
        );
    };

    try {
        const stackFile = parse(fs.readFileSync(path.join(root, "Pulumi.prod.yaml"), "utf8")) as {
            config: Record<string, unknown>;
        };
        const prod = await program("prod", root, {
            ...stackFile.config,
            "perch:platform": { protectData: false },
            "perch:objectStorage": {
                kind: "compatible",
                endpoint: s3.endpoint,
                region: s3.region,
                access: { kind: "user" },
            },
        });
        const { stdout } = await runQuietly(prod.cli, ["preview"]);
        const resources = Number(/(\d+) to create/.exec(stdout)?.[1]);
        const floor = await program("floor", path.join(root, "bench", "floor"), { "perch-floor:count": resources });
        print("empty state", await measure([prod, floor]), resources);
        await runOrFail(prod.cli, ["up", "--yes", "--skip-preview"]);
        await runOrFail(floor.cli, ["up", "--yes", "--skip-preview"]);
        print("after up", await measure([prod, floor]), await resourceCount(prod.cli));
    } finally {
        await stopDaemon(s3DaemonName);
        await stopPlatform();
        fs.rmSync(runDir, { recursive: true, force: true });
    }
}

void main();
