import { existingCli, type PulumiCli } from "../engine";
import { SandboxError } from "../errors";

/** The engine of a sandbox that was up once. Nothing is started. @throws SandboxError when there was none */
export function requireEngine(): PulumiCli {
    const cli = existingCli();
    if (cli === undefined) {
        throw new SandboxError(`There is no sandbox yet: start it with "make up".`);
    }
    return cli;
}
