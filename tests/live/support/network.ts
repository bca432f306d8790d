import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { V1Pod } from "@kubernetes/client-node";
import { type Outcome, outcomesOf, proberArgs, type Target } from "../../support/reach";
import { nameOf, processesOf } from "./pods";

const run = promisify(execFile);

/**
 * Runs a program of this machine in the network of a real pod: what it sends comes from the pod's address and meets the pod's
 * policies.
 * @returns its standard output
 */
export async function inNetworkOf(pod: V1Pod, program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run("nsenter", [...networkOf(pod), program, ...args], { maxBuffer: 2 ** 26 });
    return stdout;
}

/** Like {@link inNetworkOf}, for what goes on until it is killed. */
export function startInNetworkOf(pod: V1Pod, program: string, args: readonly string[]): ChildProcess {
    return spawn("nsenter", [...networkOf(pod), program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
}

/** How attempts from a pod to reach TCP ports end. All of them are made at once. */
export async function probe(pod: V1Pod, targets: readonly Target[], patienceMs = 3_000): Promise<Map<Target, Outcome>> {
    const printed = await inNetworkOf(pod, process.execPath, proberArgs(targets, patienceMs));
    return outcomesOf(targets, printed);
}

/**
 * How many neighbours the machine's kernel keeps, of all networks together: a packet to one more is dropped, as if a policy
 * had done it.
 */
export function mostNeighbours(): number {
    return Number(fs.readFileSync("/proc/sys/net/ipv4/neigh/default/gc_thresh3", "utf8"));
}

/** Makes the networks of real pods forget their neighbours. They ask anew for whom they send to. */
export async function forgetNeighbours(pods: readonly V1Pod[]): Promise<void> {
    await Promise.all(pods.map((pod) => inNetworkOf(pod, "ip", ["neighbour", "flush", "all"])));
}

/** Sends one datagram to each of these addresses. */
export async function sendDatagrams(pod: V1Pod, to: readonly [address: string, port: number][], text: string) {
    const script = `
        const [targets, text] = JSON.parse(process.argv[1]);
        const socket = require("dgram").createSocket("udp4");
        socket.on("error", () => {});
        Promise.all(targets.map(([host, port]) => new Promise((done) => socket.send(text, port, host, done)))).then(() => socket.close());
    `;
    await inNetworkOf(pod, process.execPath, ["-e", script, JSON.stringify([to, text])]);
}

/** Prints the payload of each datagram that arrives for a port, beside whoever listens there. */
const datagramListener = `
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
print("ready", flush=True)
while True:
    packet = s.recv(65535)
    head = (packet[0] & 15) * 4
    if struct.unpack("!H", packet[head + 2:head + 4])[0] == int(sys.argv[1]):
        print(packet[head + 8:].decode("utf-8", "replace"), flush=True)
`;

/** More than a datagram takes, and its listener to say so. */
const arrivalMs = 1_000;

/** Texts that arrive in a pod as datagrams for a port, from now until the end of an action. */
export async function datagramsDuring(pod: V1Pod, port: number, action: () => Promise<void>): Promise<Set<string>> {
    const listener = startInNetworkOf(pod, "python3", ["-c", datagramListener, String(port)]);
    let heard = "";
    listener.stdout?.setEncoding("utf8").on("data", (text: string) => (heard += text));
    try {
        while (!heard.includes("ready\n")) {
            await once(listener.stdout ?? listener, "data");
        }
        await action();
        await sleep(arrivalMs);
    } finally {
        listener.kill("SIGKILL");
    }
    return new Set(heard.split("\n"));
}

/** Accepts connections on ports of a pod whose own program doesn't. @returns what ends it */
export async function listenIn(pod: V1Pod, ports: readonly number[]): Promise<() => void> {
    const script = `
        const ports = JSON.parse(process.argv[1]);
        Promise.all(ports.map((port) => new Promise((done) => require("net").createServer((s) => s.destroy()).listen(port, done))))
            .then(() => process.stdout.write("ready"));
        process.stdin.on("end", () => process.exit()).resume();
    `;
    const server = startInNetworkOf(pod, process.execPath, ["-e", script, JSON.stringify(ports)]);
    await Promise.race([
        once(server.stdout ?? server, "data"),
        once(server, "exit").then(() => {
            throw new Error(`can't listen on ${ports.join(", ")} in ${nameOf(pod)}`);
        }),
    ]);
    return () => server.kill("SIGKILL");
}

/** Files of networks: to find a pod's processes takes a look at all of the machine's. */
const networks = new WeakMap<V1Pod, string>();

function networkOf(pod: V1Pod): string[] {
    const known = networks.get(pod);
    if (known !== undefined) {
        return [`--net=${known}`];
    }
    const found = processesOf(pod);
    const holder = found.find(({ container }) => container === undefined) ?? found[0];
    if (holder === undefined) {
        throw new Error(`pod ${nameOf(pod)} has no process on this machine`);
    }
    const file = `/proc/${holder.pid}/ns/net`;
    networks.set(pod, file);
    return [`--net=${file}`];
}
