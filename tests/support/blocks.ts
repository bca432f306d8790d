import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ensureTools } from "../../sandbox/toolchain";

/**
 * Makes blocks of samples as Prometheus would have left them.
 * @param input file with the samples, as OpenMetrics
 * @param folder for the blocks
 * @param longest span of a block, such as `18h`; blocks begin at whole multiples of it
 */
export async function makeBlocks(input: string, folder: string, longest: string): Promise<void> {
    const { promtool } = await ensureTools(["promtool"]);
    const flags = [`--max-block-duration=${longest}`, "--quiet"];
    await promisify(execFile)(promtool, ["tsdb", "create-blocks-from", "openmetrics", ...flags, input, folder]);
}
