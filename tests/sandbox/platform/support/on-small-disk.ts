/**
 * Starts the platform on a small disk, fills that, frees it again; prints what became of it. The run folder is the disk's own,
 * in a mount namespace of this process.
 */
import { CoreV1Api } from "@kubernetes/client-node";
import { UserError } from "../../../../cli/errors";
import { apiMessage } from "../../../../cli/kubernetes";
import { startPlatform, stopPlatform } from "../../../../sandbox/platform";
import { fill, free } from "../../../support/small-disk";
import { admin, platformOptions } from "../../support/platform";

const namespace = "default";

/** Objects of this size reach the end of what etcd has set aside soon; the API server takes up to 1 MiB. */
const large = "x".repeat(900_000);
const mostLarge = 400;

function createConfigMap(name: string, value: string): Promise<unknown> {
    const body = { metadata: { name }, data: { value } };
    return admin().makeApiClient(CoreV1Api).createNamespacedConfigMap({ namespace, body });
}

/** Writes until the cluster takes no more. @returns the names that it took, and what it said at last */
async function writeUntilRefused(): Promise<{ taken: string[]; refusal: string | undefined }> {
    const taken: string[] = [];
    for (let index = 0; index < mostLarge; index += 1) {
        const name = `large-${index}`;
        try {
            await createConfigMap(name, large);
        } catch (error) {
            return { taken, refusal: apiMessage(error) };
        }
        taken.push(name);
    }
    return { taken, refusal: undefined };
}

async function main(): Promise<void> {
    const options = await platformOptions();
    try {
        await startPlatform(options);
        await createConfigMap("before", "kept");
        // Far less than it takes to start, but it runs.
        fill(100 * 2 ** 20);
        await startPlatform(options);
        fill();
        const { taken, refusal } = await writeUntilRefused();
        // The log of whatever noticed takes what the last write left.
        fill();
        const message = await startPlatform(options).then(
            () => undefined,
            (error: unknown) => (error instanceof UserError ? error.message : String(error)),
        );
        free();
        await startPlatform(options);
        await createConfigMap("after", "taken");
        const { items } = await admin().makeApiClient(CoreV1Api).listNamespacedConfigMap({ namespace });
        const kept = new Map(items.map(({ metadata, data }) => [metadata?.name, data?.value]));
        const lost = taken.filter((name) => kept.get(name) !== large);
        const [before, after] = ["before", "after"].map((name) => kept.get(name));
        process.stdout.write(JSON.stringify({ refusal, message, before, lost, after }));
    } finally {
        free();
        await stopPlatform();
    }
}

void main();
