import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { promisify } from "node:util";
import { outcomesOf, proberArgs } from "../../../../support/reach";
import type { Outcome, Target } from "../../../../support/reach";

const run = promisify(execFile);

/** Addresses of the test's network; those of its pods are 10.244.0.x. */
export const addresses = {
    node: "10.123.0.2",
    outside: "10.123.0.1",
    gateway: "10.244.0.1",
    /** A Service before the API server, which listens on the node. */
    apiService: "10.96.0.1",
    /** A Service before {@link serviceBackend}. */
    service: "10.96.0.10",
    serviceBackend: "10.244.0.10",
} as const;

/** Ports on which everybody in the test's network listens. */
export const served = { tcp: [80, 8080, 8081, 9000, 6443], udp: [5300, 5301] } as const;

/** Answers on all ports; ends with its standard input. */
const server = `
const [tcp, udp] = JSON.parse(process.argv[1]);
for (const port of tcp) require("net").createServer((s) => { s.on("error", () => {}); s.on("data", (d) => s.write(d)); s.write("hello"); }).listen(port, "::");
const sockets = udp.map((port) => { const s = require("dgram").createSocket("udp4"); s.on("message", (m, from) => s.send(m, from.port, from.address)); s.bind(port); return s; });
Promise.all(sockets.map((s) => require("events").once(s, "listening"))).then(() => process.stdout.write("ready"));
process.stdin.on("end", () => process.exit()).resume();
`;

/**
 * A node in a network namespace of its own, with a bridge for its pods and a machine outside, as a CNI bridge plugin and
 * kube-proxy would make it.
 */
export class TestNetwork {
    private readonly namespaces = new Map<string, string>();
    private readonly servers: ChildProcess[] = [];

    private constructor(
        private readonly prefix: string,
        private readonly nft: string,
    ) {}

    static async create(nft: string): Promise<TestNetwork> {
        const made = new TestNetwork(`perch-${process.pid}-${Date.now().toString(36)}`, nft);
        await made.addNode();
        await made.addOutside();
        return made;
    }

    /** Adds a pod to the bridge and starts its servers. */
    async addPod(name: string, address: string): Promise<void> {
        const [node, pod] = [this.namespaceOf("node"), await this.addNamespace(name)];
        const port = `veth${this.namespaces.size}`;
        await run("ip", ["-n", node, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pod]);
        await run("ip", ["-n", node, "link", "set", port, "master", "cni0", "up"]);
        await run("bridge", ["-n", node, "link", "set", "dev", port, "hairpin", "on"]);
        await this.configure(pod, "eth0", address, addresses.gateway);
        await this.serve(name);
    }

    /** Loads a script into the node's nftables. */
    async load(script: string): Promise<void> {
        const child = spawn("nsenter", [`--net=/run/netns/${this.namespaceOf("node")}`, this.nft, "-f", "-"], {
            stdio: ["pipe", "inherit", "inherit"],
        });
        child.stdin.end(script);
        const [code] = (await once(child, "exit")) as [number | null];
        if (code !== 0) {
            throw new Error(`nft ended with ${String(code)}`);
        }
    }

    /** What comes out when one end tries targets: `node`, `outside` or a pod. */
    async probe(from: string, targets: readonly Target[], patienceMs = 1_500): Promise<Map<Target, Outcome>> {
        const { stdout } = await this.runIn(from, process.execPath, proberArgs(targets, patienceMs));
        return outcomesOf(targets, stdout);
    }

    /** Runs a program in the network of one end. */
    runIn(name: string, program: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
        return run("nsenter", [`--net=/run/netns/${this.namespaceOf(name)}`, program, ...args]);
    }

    /** Starts a program in the network of one end; it is killed with the network. */
    start(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
        const child = spawn("nsenter", [`--net=/run/netns/${this.namespaceOf(name)}`, program, ...args], {
            stdio: ["pipe", "pipe", "inherit"],
            env,
        });
        this.servers.push(child);
        return child;
    }

    /** Ends all processes and takes all namespaces away. */
    async remove(): Promise<void> {
        for (const child of this.servers) {
            child.kill("SIGKILL");
        }
        for (const namespace of this.namespaces.values()) {
            await run("ip", ["netns", "delete", namespace]);
        }
        this.namespaces.clear();
    }

    private async addNode(): Promise<void> {
        const node = await this.addNamespace("node");
        await run("ip", ["-n", node, "link", "add", "cni0", "type", "bridge"]);
        await run("ip", ["-n", node, "addr", "add", `${addresses.gateway}/24`, "dev", "cni0"]);
        await run("ip", ["-n", node, "link", "set", "cni0", "up"]);
        const settings = ["ipv4/ip_forward", "bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables"];
        await this.runIn("node", "sh", ["-c", settings.map((name) => `echo 1 > /proc/sys/net/${name}`).join("; ")]);
        const { node: address, apiService, service, serviceBackend } = addresses;
        await this.load(`table ip services {
            chain prerouting { type nat hook prerouting priority dstnat
                ip daddr ${apiService} tcp dport 443 dnat to ${address}:6443
                ip daddr ${service} tcp dport 80 dnat to ${serviceBackend}:8080
            }
            chain postrouting { type nat hook postrouting priority srcnat
                ip saddr ${serviceBackend} ip daddr ${serviceBackend} masquerade
            }
        }`);
    }

    private async addOutside(): Promise<void> {
        const [node, outside] = [this.namespaceOf("node"), await this.addNamespace("outside")];
        await run("ip", ["-n", node, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", outside]);
        await this.configure(node, "eth0", addresses.node, addresses.outside);
        await this.configure(outside, "eth0", addresses.outside, addresses.node);
        await Promise.all([this.serve("node"), this.serve("outside")]);
    }

    private async configure(namespace: string, device: string, address: string, gateway: string): Promise<void> {
        await run("ip", ["-n", namespace, "addr", "add", `${address}/24`, "dev", device]);
        await run("ip", ["-n", namespace, "link", "set", device, "up"]);
        await run("ip", ["-n", namespace, "route", "add", "default", "via", gateway]);
    }

    private async addNamespace(name: string): Promise<string> {
        const namespace = `${this.prefix}-${name}`;
        await run("ip", ["netns", "add", namespace]);
        this.namespaces.set(name, namespace);
        await run("ip", ["-n", namespace, "link", "set", "lo", "up"]);
        return namespace;
    }

    private async serve(name: string): Promise<void> {
        const child = this.start(name, process.execPath, ["-e", server, JSON.stringify([served.tcp, served.udp])]);
        const ended = once(child, "exit").then(() => {
            throw new Error(`the servers of ${name} ended`);
        });
        await Promise.race([once(child.stdout!, "data"), ended]);
        ended.catch(() => undefined);
    }

    private namespaceOf(name: string): string {
        const namespace = this.namespaces.get(name);
        if (namespace === undefined) {
            throw new Error(`the test's network has no ${name}`);
        }
        return namespace;
    }
}

/** Why network namespaces can't be made here; undefined where they can. */
export function whyNoNetworks(): string | undefined {
    if (process.platform !== "linux" || process.getuid?.() !== 0) {
        return "network namespaces need root on Linux";
    }
    return fs.existsSync("/proc/sys/net/bridge") ? undefined : "the kernel module br_netfilter isn't loaded";
}
