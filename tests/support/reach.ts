/** One attempt to reach somebody: `tcp 10.244.0.10 8080`. */
export type Target = `${"tcp" | "udp"} ${string} ${number}`;

/** How an attempt ended. `refused`: the packet arrived where nobody listens. */
export type Outcome = "open" | "shut" | "refused";

/** Tries all targets at once, and prints how each ended; over UDP, `open` is who answers. */
const prober = `
const [targets, patience] = JSON.parse(process.argv[1]);
const shut = new Set(["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);
const ended = ({ code }) => (code === "ECONNREFUSED" ? "refused" : shut.has(code) ? "shut" : code);
const attempt = (target) => new Promise((resolve) => {
    const [protocol, host, port] = target.split(" ");
    setTimeout(() => resolve("shut"), patience);
    if (protocol === "tcp") {
        require("net").connect(Number(port), host, () => resolve("open")).on("error", (error) => resolve(ended(error)));
    } else {
        const socket = require("dgram").createSocket("udp4");
        socket.on("message", () => resolve("open")).on("error", (error) => resolve(ended(error)));
        socket.connect(Number(port), host, () => socket.send("hello"));
    }
});
Promise.all(targets.map(attempt)).then((all) => process.stdout.write(JSON.stringify(all), () => process.exit()));
`;

/** Arguments of a Node that tries targets from where it is started; {@link outcomesOf} reads what it prints. */
export function proberArgs(targets: readonly Target[], patienceMs: number): string[] {
    return ["-e", prober, JSON.stringify([targets, patienceMs])];
}

/** How each of the targets was met. */
export function outcomesOf(targets: readonly Target[], printed: string): Map<Target, Outcome> {
    const outcomes = JSON.parse(printed) as Outcome[];
    return new Map(targets.map((target, index) => [target, outcomes[index] ?? "shut"]));
}
