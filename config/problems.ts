import type { z } from "zod";
import { nearest, oneOf } from "./nearest";
import { KIND, outlineAt, pathsOf, type Outline } from "./schema/outline";
import { looksSecret } from "./secret-names";
import { NAMESPACE } from "./source";

/** Something in a stack's configuration that is wrong, and what is right. */
export interface Problem {
    /** Place in the stack file without the namespace: `metrics.volume.size`. */
    readonly path: string;
    /** What was given and what is expected, in words. */
    readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** A value as a message shows it; never the content of anything structured. */
export function shown(value: unknown): string {
    if (typeof value === "string") {
        const lines = value.trim().split("\n").length;
        if (lines > 1 || value.includes("PRIVATE KEY")) {
            return `text of ${lines} ${lines === 1 ? "line" : "lines"}`;
        }
        const withoutLogin = value.replace(/\/\/[^/@\s]*@/, "//***@");
        return JSON.stringify(withoutLogin.length > 60 ? `${withoutLogin.slice(0, 57)}...` : withoutLogin);
    }
    if (Array.isArray(value)) {
        return "a list";
    }
    return value === null ? "nothing" : typeof value === "object" ? "an object" : `${value as number | boolean}`;
}

/** A problem of the form "got this; expected that". */
export function wrong(path: string, given: unknown, expected: string): Problem {
    return { path, message: `got ${shown(given)}; expected ${expected}` };
}

/** A path as `pulumi config set --path` takes it: `alerting.routes[0].receiver`. */
export function pathText(path: readonly PropertyKey[]): string {
    return path
        .map((segment) =>
            typeof segment === "number"
                ? `[${segment}]`
                : /^[\w-]+$/.test(String(segment))
                  ? `.${String(segment)}`
                  : `["${String(segment)}"]`,
        )
        .join("")
        .replace(/^\./, "");
}

function didYouMean(name: string, known: readonly string[], prefix = ""): string {
    const near = nearest(name, known);
    return near === undefined ? "" : `; did you mean ${prefix}${near}?`;
}

/** An unknown key, with the key that was meant: a near name, the same name in another kind or at another place. */
export function unknownKey(root: Outline, value: unknown, path: readonly PropertyKey[], key: string): Problem {
    const place = pathText([...path, key]);
    const here = outlineAt(root, value, path);
    const known = here?.is === "object" ? [...here.fields.keys()] : here?.is === "map" ? (here.keys ?? []) : [];
    const near = nearest(key, known);
    const prefix = pathText(path);
    if (near !== undefined) {
        const meant = prefix === "" ? near : `${prefix}.${near}`;
        return { path: place, message: `unknown key; did you mean ${NAMESPACE}:${meant}?` };
    }
    if (here?.is === "map") {
        return { path: place, message: `unknown name; docs/settings.md says where those of ${prefix} are listed` };
    }
    const elsewhere = pathsOf(root, key);
    const kind = elsewhere.includes(place) ? kindWith(root, value, path, key) : undefined;
    if (kind !== undefined) {
        return { path: place, message: `unknown key; it belongs to kind ${kind}` };
    }
    const others = elsewhere.filter((other) => other !== place);
    return {
        path: place,
        message:
            others.length === 1 || others.length === 2
                ? `unknown key; did you mean ${oneOf(others.map((other) => `${NAMESPACE}:${other}`))}?`
                : `unknown key; known are ${known.join(", ")}`,
    };
}

/** The kind, of the union at `path`, that has a field `key`. */
function kindWith(root: Outline, value: unknown, path: readonly PropertyKey[], key: string): string | undefined {
    const parent = path.slice(0, -1);
    const last = path.at(-1);
    const container = last === undefined ? undefined : outlineAt(root, value, parent);
    const union = container?.is === "object" ? container.fields.get(String(last))?.outline : undefined;
    return union?.is === "kinds" ? [...union.kinds].find(([, fields]) => fields.fields.has(key))?.[0] : undefined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (inner, key) =>
            typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
        value,
    );
}

const typeNames: Readonly<Record<string, string>> = {
    string: "text",
    // Every number that a stack file may give is a count, a size in whole units or a port.
    number: "a whole number",
    int: "a whole number",
    boolean: "true or false",
    object: "an object",
    record: "an object",
    array: "a list",
};

/** What an issue expects, after the word "expected". */
function expectation(issue: Issue, at: Outline | undefined): string {
    if (!/^(Invalid|Too|Unrecognized)\b/.test(issue.message)) {
        return issue.message.replace(/^expected /, "");
    }
    switch (issue.code) {
        case "invalid_type":
            return typeNames[issue.expected] ?? issue.expected;
        case "invalid_value":
            return oneOf(issue.values.map(String));
        case "too_small":
        case "too_big": {
            const bound = Number(issue.code === "too_small" ? issue.minimum : issue.maximum);
            const side = issue.code === "too_small" ? "at least" : "at most";
            return issue.origin === "array"
                ? `${side} ${bound} ${bound === 1 ? "entry" : "entries"}`
                : issue.origin === "string"
                  ? `${side} ${bound} ${bound === 1 ? "character" : "characters"}`
                  : `${side} ${bound}`;
        }
        case "invalid_union":
            return at?.is === "choice" ? oneOf(at.options.map(alternative)) : "another value";
        default:
            return issue.message;
    }
}

function alternative(option: Outline): string {
    return option.is === "value" && option.values.length > 0
        ? oneOf(option.values)
        : option.is === "value"
          ? (typeNames[option.type] ?? option.type)
          : "an object";
}

/** Of a union's failed alternatives the one that the value is meant to be: an object for an object. */
function deeper(issue: Issue): readonly Issue[] | undefined {
    return issue.code === "invalid_union"
        ? issue.errors.find((issues) =>
              issues.some(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
          )
        : undefined;
}

/** The problems that zod found in `value`, the merged settings. */
export function problemsOf(issues: readonly Issue[], root: Outline, value: unknown): Problem[] {
    return issues.flatMap((issue): Problem[] => {
        const { path } = issue;
        const inner = deeper(issue);
        if (inner !== undefined) {
            return problemsOf(
                inner.map((each) => ({ ...each, path: [...path, ...each.path] })),
                root,
                value,
            );
        }
        if (issue.code === "unrecognized_keys") {
            return issue.keys.map((key) => unknownKey(root, value, path, key));
        }
        return [ofValue(issue, root, value)];
    });
}

function ofValue(issue: Issue, root: Outline, value: unknown): Problem {
    const place = pathText(issue.path);
    if (issue.code === "invalid_key") {
        return { path: place, message: `the name isn't valid; ${issue.issues[0]?.message ?? issue.message}` };
    }
    const at = outlineAt(root, value, issue.path.slice(0, -1));
    const name = String(issue.path.at(-1));
    const field = at?.is === "object" ? at.fields.get(name) : undefined;
    const kinds = issue.code === "invalid_union" && "options" in issue ? (issue.options as unknown[]).map(String) : [];
    const expected = kinds.length > 0 ? oneOf(kinds) : expectation(issue, field?.outline);
    const given = valueAt(value, issue.path);
    if (given === undefined) {
        const meaning = field?.description === undefined || name === KIND ? "" : ` (${field.description})`;
        return { path: place, message: `missing; expected ${expected}${meaning}` };
    }
    if (issue.path.some((segment) => looksSecret(String(segment)))) {
        return { path: place, message: `got something else; expected ${expected}` };
    }
    const values = kinds.length > 0 ? kinds : issue.code === "invalid_value" ? issue.values.map(String) : [];
    const hint = typeof given === "string" ? didYouMean(given, values) : "";
    return { path: place, message: `got ${shown(given)}; expected ${expected}${hint}` };
}

/** All problems as one message for a person. */
export function report(stack: string, problems: readonly Problem[]): string {
    const lines = problems.map(({ path, message }) => `  - ${NAMESPACE}:${path}: ${message}`);
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    return [`The configuration of stack ${stack} has ${count}:`, ...new Set(lines)].join("\n");
}
