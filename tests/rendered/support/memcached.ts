import { spawn } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../sandbox/processes";
import type { Launch } from "./containers";
import { programOf } from "./tools";

const secondsToListen = 30;

function listens(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.once("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => {
            resolve(false);
        });
    });
}

/**
 * Runs the memcached of a container with its own arguments, on a loopback port, while something is done with it.
 *
 * @throws Error with its words when it doesn't take its arguments
 */
export async function whileCached<T>({ args }: Launch, work: (port: number) => Promise<T>): Promise<T> {
    const memcached = await programOf("memcached");
    const port = await freePort();
    // It refuses to be root without being told so, as which the tests may run.
    const here = [`--port=${port}`, "--listen=127.0.0.1", ...(process.getuid?.() === 0 ? ["--user=root"] : [])];
    const child = spawn(memcached, [...args, ...here], { stdio: ["ignore", "ignore", "pipe"] });
    const log: string[] = [];
    child.stderr.on("data", (data: Buffer) => log.push(data.toString()));
    const exit = once(child, "exit");
    try {
        const deadline = Date.now() + secondsToListen * 1000;
        while (!(await listens(port))) {
            if (child.exitCode !== null || Date.now() > deadline) {
                throw new Error(`memcached ${args.join(" ")}: ${log.join("")}`);
            }
            await sleep(50);
        }
        return await work(port);
    } finally {
        child.kill("SIGTERM");
        await exit;
    }
}
