/** Makes an image of 2 MB in the store of the given folder; prints how that ends, and what is left of it. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../../../cli/errors";
import { ImageBuilder } from "../../../../sandbox/images/builder";
import { ImageStore } from "../../../../sandbox/images/store";

async function main(folder: string): Promise<void> {
    const recipe = { files: { "/large": "x".repeat(2e6) }, bare: true };
    const builder = new ImageBuilder(new ImageStore(folder));
    const error: unknown = await builder.ensure("quay.io/perch/large:1", recipe).then(
        () => undefined,
        (thrown: unknown) => thrown,
    );
    const message = error instanceof UserError ? error.message : "not a problem that the user is told of";
    const left = fs.readdirSync(path.join(folder, "drafts"));
    process.stdout.write(JSON.stringify({ message, left, kept: fs.existsSync(path.join(folder, "index")) }));
}

void main(process.argv[2] ?? "");
