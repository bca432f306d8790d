import { concurrently } from "concurrently";

/**
 * `node scripts/lanes.mjs <command>...`: runs commands side by side, scripts of package.json as `npm:<name>`, and prints what
 * each says as a whole. Fails when one of them does. concurrently's own command ends before a pipe has taken all of that, and
 * with success when it is interrupted.
 */
process.once("SIGINT", () => {
    process.exitCode = 130;
});
try {
    await concurrently(process.argv.slice(2), { prefix: "none", group: true }).result;
} catch {
    process.exitCode ??= 1;
}
