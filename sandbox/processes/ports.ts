import * as net from "node:net";
import getPort from "get-port";
import * as z from "zod";
import { inRunDir } from "../paths";
import { readJsonIfValid, writePrivateFileIfChanged } from "./files";

const loopback = "127.0.0.1";
/** Below the range from which Linux takes the ports of outgoing connections, so that none of those is in the way. */
const firstPort = 20_000;
const portCount = 12_000;

const ledgerSchema = z.record(z.string(), z.number().int());

/** The loopback ports of a sandbox: each name keeps its port over restarts as long as nobody else took it. */
export class PortLedger {
    private constructor(private readonly file: string) {}

    /** The ledger of the current run folder, or one of its own. */
    static load(file: string = inRunDir("ports.json")): PortLedger {
        return new PortLedger(file);
    }

    /**
     * The port of a name; a new one when it has none yet or when somebody else listens on it.
     * @param inUseByOwner whether the owner of the name runs, so that its port being taken is right
     */
    async claim(name: string, inUseByOwner: boolean): Promise<number> {
        const kept = this.current(name);
        if (kept !== undefined && inUseByOwner) {
            return kept;
        }
        const others = Object.entries(this.read()).flatMap(([other, port]) =>
            other === name || port === undefined ? [] : [port],
        );
        const port = await freePort(kept, others);
        // Read again, and written without a pause: others claim theirs meanwhile.
        writePrivateFileIfChanged(this.file, `${JSON.stringify({ ...this.read(), [name]: port }, undefined, 2)}\n`);
        return port;
    }

    /** Whether somebody listens on a name's port; it is the owner's business to know that it isn't itself. */
    async isTaken(name: string): Promise<boolean> {
        const port = this.current(name);
        return port !== undefined && !(await isFree(port));
    }

    /** The port that a name has now, without a check. */
    current(name: string): number | undefined {
        return this.read()[name];
    }

    /** A missing or unreadable ledger is an empty one. */
    private read(): Partial<Record<string, number>> {
        const parsed = ledgerSchema.safeParse(readJsonIfValid(this.file));
        return parsed.success ? parsed.data : {};
    }
}

/**
 * A loopback port on which nobody listens.
 * @param preferred taken if it is free
 */
export async function freePort(preferred?: number, exclude: readonly number[] = []): Promise<number> {
    // Not by get-port, which doesn't give the same port twice within half a minute.
    return preferred !== undefined && (await isFree(preferred))
        ? preferred
        : getPort({ host: loopback, port: randomPorts(), exclude });
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => {
            resolve(false);
        });
        server.listen(port, loopback, () =>
            server.close(() => {
                resolve(true);
            }),
        );
    });
}

function randomPorts(): number[] {
    return Array.from({ length: 50 }, () => firstPort + Math.floor(Math.random() * portCount));
}
