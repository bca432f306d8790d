import * as fs from "node:fs";
import * as path from "node:path";
import type { z } from "zod";
import { inRunDir, projectRoot } from "../../paths";
import {
    ensureDaemon,
    httpProbe,
    isDaemonAlive,
    PortLedger,
    typescriptProgram,
    writePrivateFileIfChanged,
    type DaemonOutcome,
} from "../../processes";
import type { settingsSchema } from "./main";

/** Name of the daemon and of its log, which has a line for each image that was refused. */
export const registryDaemonName = "registry";

const settingsFile = inRunDir("registry", "settings.json");

/** Where the registry is asked. */
export interface RegistryOptions {
    /** Address to listen on. It has no password: one that only the node reaches.  @default "127.0.0.1" */
    address?: string;
    /** Told what takes long. */
    report?: (message: string) => void;
}

/** A registry that runs. */
export interface Registry {
    /** `http://address:port`: the mirror of every registry. */
    url: string;
    outcome: DaemonOutcome;
}

/** Makes sure that the registry runs that gives the node all images, see {@link createRegistry}. */
export async function ensureRegistry({
    address = "127.0.0.1",
    report = () => undefined,
}: RegistryOptions = {}): Promise<Registry> {
    const ports = PortLedger.load(inRunDir("registry", "ports.json"));
    const port = await ports.claim(registryDaemonName, isDaemonAlive(registryDaemonName));
    const settings: z.input<typeof settingsSchema> = { address, port };
    writePrivateFileIfChanged(settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
    const url = `http://${address}:${port}`;
    report(`Starting the registry of images at ${url}`);
    const outcome = await ensureDaemon({
        name: registryDaemonName,
        command: process.execPath,
        args: typescriptProgram(path.join(__dirname, "main.ts"), settingsFile),
        cwd: projectRoot,
        // Its own sources too: a registry of an older checkout may not know the images of this one.
        configFiles: [settingsFile, ...sources()],
        port,
        probe: httpProbe({ url: `${url}/v2/` }),
        graceMs: 2_000,
    });
    return { url, outcome };
}

function sources(): string[] {
    const folders = [path.join(__dirname, ".."), __dirname, path.join(__dirname, "..", "..", "toolchain")];
    return [
        path.join(projectRoot, "config", "versions.ts"),
        ...folders.flatMap((folder) =>
            fs
                .readdirSync(folder)
                .filter((file) => file.endsWith(".ts"))
                .map((file) => path.join(folder, file)),
        ),
    ];
}
