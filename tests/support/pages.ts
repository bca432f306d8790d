import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

export const root = path.resolve(__dirname, "../..");

/** Every page that a reader may open: by its path in the project. */
export const pages = ["README.md", "CONTRIBUTING.md", "docs", "docs/profiles", "docs/runbooks", "sandbox/README.md"]
    .flatMap((entry) =>
        entry.endsWith(".md") ? [entry] : readdirSync(path.join(root, entry)).map((file) => `${entry}/${file}`),
    )
    .filter((file) => file.endsWith(".md"));

/** The text of a page. */
export function read(file: string): string {
    return readFileSync(path.join(root, file), "utf8");
}

/** The fenced blocks of a page in a language. */
export function blocks(page: string, language: string): string[] {
    return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
        .filter(([, given]) => given === language)
        .map(([, , text]) => text ?? "");
}
