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

/** What the diagnostics at a run's end say of a resource; empty where they don't name it. */
export function diagnosticsOf(stdout: string, kind: string, name: string): string {
    const [, diagnostics = ""] = stdout.split("\nDiagnostics:\n");
    const block = new RegExp(`^ {2}\\S+:${kind} \\(${name}\\):\\n((?: {4}.*\\n|[ \\t]*\\n)*)`, "m");
    return block.exec(diagnostics)?.[1] ?? "";
}
