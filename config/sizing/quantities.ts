import type { Resources } from "../schema";
import { GIBI, MEBI, parseBytes, parseMillicores } from "../units";

/** `amount` in whole steps, upwards; one or more. */
const ceil = (amount: number, step: number) => Math.max(1, Math.ceil(amount / step)) * step;

/** A size of a disk: bytes in whole GiB, one or more. */
export const gibibytes = (bytes: number) => `${ceil(bytes / GIBI, 1)}Gi`;

/** A request may not be above the limit; which is the user's, for no size has one. */
const within = (request: string, limit: string | undefined, parse: (quantity: string) => number) =>
    limit !== undefined && parse(limit) < parse(request) ? limit : request;

/** Request of memory: bytes in steps of 64 MiB. */
export const memoryRequest = (bytes: number, { limits }: Resources) =>
    within(`${ceil(bytes / MEBI, 64)}Mi`, limits.memory, parseBytes);

/** Request of CPU: millicores in steps of 50. */
export const cpuRequest = (amount: number, { limits }: Resources) =>
    within(`${ceil(amount, 50)}m`, limits.cpu, parseMillicores);
