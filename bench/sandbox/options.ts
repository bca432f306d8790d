import { parseArgs } from "node:util";
import { messageOf, UserError } from "../../cli/errors";
import { type PodsKind, podsKinds } from "../../sandbox/target";

export interface SandboxBenchOptions {
    readonly pods: PodsKind;
    /** In a clean clone, with an empty home. */
    readonly cold: boolean;
    readonly help: boolean;
}

export const usage = `npm run bench:sandbox -- [options]
  --pods <kind>   simulated: platform, make up, unit tests; real: a node of this machine (Linux, root) (simulated)
  --cold          a bare machine in their place: a clean clone with an empty home; with --pods real the images, too
`;

/** @throws UserError naming the option, what was given and what is right */
export function parseOptions(args: readonly string[]): SandboxBenchOptions {
    const { pods: given, cold, help } = parse(args);
    const pods = podsKinds.find((kind) => kind === given);
    if (pods === undefined) {
        throw new UserError(`--pods ${given}: expected one of ${podsKinds.join(", ")}.`);
    }
    return { pods, cold, help };
}

function parse(args: readonly string[]) {
    try {
        return parseArgs({
            args: [...args],
            options: {
                pods: { type: "string", default: "simulated" },
                cold: { type: "boolean", default: false },
                help: { type: "boolean", default: false },
            },
        }).values;
    } catch (error) {
        throw new UserError(`${messageOf(error)}\n${usage}`);
    }
}
