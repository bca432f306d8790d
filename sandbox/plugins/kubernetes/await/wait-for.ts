import { JSONPath } from "jsonpath-plus";
import { ProviderError } from "../../provider/types";
import type { WatchEvent } from "../informer";
import { generationOf, gvkOf, maps, nameOf, number, type Plain, type PlainMap, text } from "../objects";
import type { WaitContext, Waiting, WatchRule } from "./types";

/** One expression of the annotation `pulumi.com/waitFor`. */
interface Expression {
    /** As the program wrote it. */
    source: string;
    /** undefined: satisfied; else what was found instead. */
    lack: (object: PlainMap) => string | undefined;
}

/** Does the status speak of an older generation than the object has? */
function isStale(object: PlainMap, observed: number | undefined): boolean {
    return observed !== undefined && observed < generationOf(object);
}

/** `jsonpath={.status.phase}=Running`, or without a value: there must be something. */
function parseJsonPath(source: string): Expression {
    const expression = source.slice("jsonpath=".length);
    // A single `=` separates the value; `==` belongs to a filter.
    const [, path = "", given] = /^((?:[^=]|==)*)(?:=(?!=)(.*))?$/s.exec(expression) ?? [];
    if (given === "" || /(?<!=)=(?!=)/.test(given ?? "")) {
        throw new ProviderError(`waitFor: "${source}" must have the form jsonpath={.path}=value or jsonpath={.path}`);
    }
    const inner = /^\{\s*(.*?)\s*\}$/s.exec(path)?.[1];
    if (inner === undefined || inner === "") {
        throw new ProviderError(`waitFor: "${path}" should be wrapped in brackets { ... }, without shell quotes`);
    }
    const jsonPath = inner.startsWith("$") ? inner : `$${inner}`;
    return {
        source,
        lack(object) {
            if (isStale(object, number(object, "status", "observedGeneration"))) {
                return "status of an older generation";
            }
            const [found] = JSONPath<Plain[]>({ path: jsonPath, json: object, eval: "safe" });
            if (found === undefined) {
                return "nothing";
            }
            if (given === undefined) {
                return undefined;
            }
            if (typeof found === "object" && found !== null) {
                throw new ProviderError(`waitFor: "${path}" has a non-primitive value, it can't equal "${given}"`);
            }
            return String(found) === given ? undefined : String(found);
        },
    };
}

/** `condition=Ready`, or `condition=Ready=False`. */
function parseCondition(source: string): Expression {
    const [, type = "", wanted = "True"] = /^condition=([^=]*)(?:=(.*))?$/s.exec(source) ?? [];
    return {
        source,
        lack(object) {
            const condition = maps(object, "status", "conditions").find(
                (candidate) => text(candidate, "type").toLowerCase() === type.toLowerCase(),
            );
            if (condition === undefined) {
                return "no such condition";
            }
            const observed = number(condition, "observedGeneration") ?? number(object, "status", "observedGeneration");
            if (isStale(object, observed)) {
                return "condition of an older generation";
            }
            const status = text(condition, "status");
            const met = status.toLowerCase() === wanted.toLowerCase();
            return met ? undefined : [status, text(condition, "message")].filter(Boolean).join(", ");
        },
    };
}

function parseExpression(source: string): Expression {
    if (source.startsWith("jsonpath=")) {
        return parseJsonPath(source);
    }
    if (source.startsWith("condition=")) {
        return parseCondition(source);
    }
    throw new ProviderError(`waitFor: expected a "jsonpath=" or "condition=" prefix, got "${source}"`);
}

/** One expression, or a JSON list of them. */
function parseAnnotation(annotation: string): Expression[] {
    let sources: unknown = annotation;
    try {
        sources = JSON.parse(annotation);
    } catch {
        // Not JSON: an expression.
    }
    const list = Array.isArray(sources) && sources.every((item) => typeof item === "string") ? sources : [annotation];
    if (list.length === 0) {
        throw new ProviderError("waitFor: at least one condition must be specified");
    }
    return list.map(parseExpression);
}

/** Ready when all expressions hold of the object. */
class WaitForWait implements Waiting {
    public readonly watches: Waiting["watches"];
    private live: PlainMap;

    public constructor(
        private readonly context: WaitContext,
        private readonly expressions: Expression[],
    ) {
        this.live = context.object;
        this.watches = [{ gvk: gvkOf(context.object), note: this.note.bind(this) }];
    }

    public object(): PlainMap {
        return this.live;
    }

    public isReady(): boolean {
        const [problem] = this.problems();
        this.context.status("info", problem ?? "");
        return problem === undefined;
    }

    public problems(): string[] {
        return this.expressions.flatMap(({ source, lack }) => {
            const found = lack(this.live);
            return found === undefined ? [] : [`Waiting for ${source} (found "${found}")`];
        });
    }

    public related(): PlainMap[] {
        return [this.live];
    }

    private note({ type, object }: WatchEvent): void {
        const isOurs = nameOf(object) === nameOf(this.context.object) && type !== "deleted";
        if (isOurs && generationOf(object) >= generationOf(this.live)) {
            this.live = object;
        }
    }
}

/**
 * The rule that the annotation `pulumi.com/waitFor` states. Source: `metadata/overrides.go`, `jsonpath`, and `await/condition`
 * of the official plugin.
 * @throws {ProviderError} when the annotation can't be read
 */
export function waitForRule(annotation: string): WatchRule {
    const expressions = parseAnnotation(annotation);
    return { start: (context) => new WaitForWait(context, expressions), checkedOnRead: false };
}
