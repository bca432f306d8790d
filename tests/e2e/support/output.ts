/** How many resources a run created, updated, ...: the summary at its end, empty where there is none. */
export function summary(stdout: string): Record<string, number> {
    const [, resources = ""] = [...stdout.matchAll(/\nResources:\n((?:\s+\S.*\n)+)/g)].at(-1) ?? [];
    const lines = [...resources.matchAll(/^\s+(?:\S+ )?(\d+) (.+?)\s*$/gm)];
    return Object.fromEntries(lines.map(([, count, what]) => [what ?? "", Number(count)]));
}

/** Resources that a run touched, `<type> <name>`, by what it did: `created`, `updated`, `deleted`, `replaced`. */
export function touched(stdout: string, what: string): string[] {
    const line = new RegExp(`^\\s*\\S+\\s+([\\w-]+:\\S+)\\s+(\\S+)\\s+${what}\\b`, "gm");
    const found = [...stdout.matchAll(line)].map(([, type, name]) => `${type?.split(":").at(-1) ?? ""} ${name ?? ""}`);
    return [...new Set(found)].sort();
}
