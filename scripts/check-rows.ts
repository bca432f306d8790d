import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import * as ts from "typescript";

const tests = path.resolve(__dirname, "..", "tests");

/**
 * Rows of the requirements that what is built so far answers for, by the letter of their document; numbers and ranges.
 * A part that is added brings its rows along. K is profile kup6s, V are the rules for settings.
 */
const built: Readonly<Record<string, string>> = {
    K: "1-74 76-87 89 90 92-159",
    P: "11-25 31-34 39-42 54",
    S: "9-26 38 45 47 48 52 66 72 73 80 84 85",
    U: "7-13 18 21 22 24-31 33-38 42 44 45 53-55 58 59 69",
    A: "6-13 16-18 20 26-30 39",
    V: "1-14 16 17",
};

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
const proven = new Set(files.flatMap((file) => rowsIn(path.join(tests, file))));
const wanted = Object.entries(built).flatMap(([letter, ranges]) => numbersOf(ranges).map((row) => `${letter}-${row}`));
const missing = wanted.filter((row) => !proven.has(row));

process.stdout.write(`${wanted.length - missing.length} of ${wanted.length} rows of the requirements have a test\n`);
if (missing.length > 0) {
    process.stdout.write(`Without one: ${missing.join(", ")}\n`);
    process.exitCode = 1;
}
