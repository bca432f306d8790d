import { z } from "zod";
import { UserError } from "../../cli/errors";
import { runProgram } from "./run-program";

const routesSchema = z.array(z.object({ dst: z.string() }));

/** Where the node's /24 is looked for, in this order: private ranges that few networks begin with. */
const searched = ["10.123", "172.29", "192.168"];

/** Routes of everything (a VPN's 0.0.0.0/1) leave room for a narrower one. */
const broadestRange = 2 ** 24;

/** First and last address of an IPv4 range, as numbers. */
type Range = readonly [number, number];

/** The range of `10.1.0.0/16`; of an address alone, that one. `undefined`: no IPv4 range, such as `default`. */
export function rangeOf(text: string): Range | undefined {
    const [, address, length = "32"] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(text) ?? [];
    if (address === undefined) {
        return undefined;
    }
    const size = 2 ** (32 - Number(length));
    const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    const first = Math.floor(number / size) * size;
    return [first, first + size - 1];
}

/**
 * The first /24 that no route of the machine touches, as its first three numbers.
 * @param kept the one from last time, taken again when it is free
 * @throws UserError when all are taken
 */
export function freeSubnet(routes: readonly string[], kept?: string): string {
    const taken = routes
        .flatMap((route) => {
            const range = rangeOf(route);
            return range === undefined ? [] : [range];
        })
        .filter(([first, last]) => last - first < broadestRange);
    const candidates = searched.flatMap((two) => Array.from({ length: 256 }, (_, third) => `${two}.${third}`));
    const found = [...(kept === undefined ? [] : [kept]), ...candidates].find((prefix) => {
        const [first, last] = rangeOf(`${prefix}.0/24`) ?? [0, 0];
        return !taken.some((range) => range[0] <= last && range[1] >= first);
    });
    if (found === undefined) {
        throw new UserError(
            `No address range is left for the node: routes of this machine ("ip route") take all of ` +
                `${searched.map((two) => `${two}.0.0/16`).join(", ")}.`,
        );
    }
    return found;
}

/** The destinations of this machine's IPv4 routes. */
export async function routesOfMachine(): Promise<string[]> {
    const { stdout } = await runProgram("ip", ["-json", "-4", "route", "show", "table", "all"]);
    return routesSchema.parse(JSON.parse(stdout === "" ? "[]" : stdout)).map(({ dst }) => dst);
}
