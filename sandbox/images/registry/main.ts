/** The registry as a process of its own: started by {@link ensureRegistry} with the file of its settings. */
import * as z from "zod";
import { UserError, messageOf } from "../../../cli/errors";
import { readJsonIfValid } from "../../processes/files";
import { ImageBuilder } from "../builder";
import { ImageStore } from "../store";
import { createRegistry } from "./server";
import { Upstream } from "./upstream";

export const settingsSchema = z.object({ address: z.string(), port: z.number().int() });

function main(file: string): void {
    const { address, port } = settingsSchema.parse(readJsonIfValid(file));
    const store = new ImageStore();
    const log = (line: string): void => {
        process.stdout.write(`${new Date().toISOString()} ${line}\n`);
    };
    const server = createRegistry({ store, builder: new ImageBuilder(store), upstream: new Upstream(store), log });
    server.on("error", (error) => {
        log(messageOf(error));
        process.exit(1);
    });
    server.listen(port, address);
}

if (require.main === module) {
    const [, , file] = process.argv;
    if (file === undefined) {
        throw new UserError("Name the file of the registry's settings.");
    }
    main(file);
}
