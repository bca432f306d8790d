import { pathToFileURL } from "node:url";

/** Arguments with which Node runs a program in TypeScript. */
export function typescriptProgram(file: string, ...args: readonly string[]): string[] {
    // `--import` takes a URL: in a plain path `#`, `%` and `?` would mean something else.
    return ["--import", pathToFileURL(require.resolve("tsx")).href, file, ...args];
}
