import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";
import { profiles } from "../config/profiles";
import { built, documented } from "./rows";

const tests = path.resolve(__dirname, "..", "tests");

function numbersOf(ranges: string): number[] {
    return ranges.split(" ").flatMap((range) => {
        const [first = 0, last = first] = range.split("-").map(Number);
        return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** Row ids in the strings of a test file, which are its titles: a comment proves nothing. */
function rowsIn(file: string): string[] {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
        if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
            found.push(...(node.text.match(/\b[A-Z]-\d+\b/g) ?? []));
        }
        ts.forEachChild(node, visit);
    };
    visit(source);
    return found.map((row) => row.replace(/-0+/, "-"));
}

const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.ts"));
const tested = new Set(files.flatMap((file) => rowsIn(path.join(tests, file))));

/** What a profile says that it lacks, though a part of it may be there: `Jaeger (P-36, P-37)`. */
const absent = new Set(
    Object.values(profiles)
        .flatMap((profile) => profile.absent)
        .flatMap((part) => part.match(/\b[A-Z]-\d+\b/g) ?? []),
);

const wanted = Object.entries(built).flatMap(([letter, ranges]) => numbersOf(ranges).map((row) => `${letter}-${row}`));
const lacking = wanted.filter((row) => absent.has(row));
const told = wanted.filter((row) => row in documented && !absent.has(row));
const proven = wanted.filter((row) => tested.has(row) && !lacking.includes(row) && !told.includes(row));
const missing = wanted.filter((row) => ![...lacking, ...told, ...proven].includes(row));

process.stdout.write(
    `Of ${wanted.length} rows of the requirements ${proven.length} have a test, ${told.length} ask for words alone ` +
        `(${told.join(", ")}), ${lacking.length} are told to be absent (${lacking.join(", ")})\n`,
);
if (missing.length > 0) {
    process.stdout.write(`Without one: ${missing.join(", ")}\n`);
    process.exitCode = 1;
}
