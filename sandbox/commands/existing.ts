import { existingCli, type PulumiCli } from "../engine";
import { UserError } from "../../cli/errors";

/** The engine of a sandbox that was up once. Nothing is started. @throws UserError when there was none */
export function requireEngine(): PulumiCli {
    const cli = existingCli();
    if (cli === undefined) {
        throw new UserError(`There is no sandbox yet: start it with "make up".`);
    }
    return cli;
}
