/** Ports as a NetworkPolicy lists them: each once, in order. */
export function eachOnce(ports: readonly number[]): number[] {
    return [...new Set(ports)].sort((a, b) => a - b);
}

/** Ports of addresses such as `db1.example.com:9187`: each once, in order. */
export function portsOf(addresses: readonly string[]): number[] {
    return eachOnce(addresses.map((address) => Number(address.slice(address.lastIndexOf(":") + 1))));
}
