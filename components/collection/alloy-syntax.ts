/** A reference to something else in the configuration, or a call: written without quotes. */
export class Expression {
    constructor(readonly text: string) {}
}

export const expression = (text: string): Expression => new Expression(text);

/** A value as Alloy's configuration language knows it. */
export type AlloyValue = string | number | boolean | Expression | readonly AlloyValue[] | { [key: string]: AlloyValue };

/** A block: a component, or a part of one. */
export interface AlloyBlock {
    /** `loki.write`, or `endpoint` within it. */
    name: string;
    /** Only components have one. */
    label?: string;
    attributes?: Record<string, AlloyValue>;
    blocks?: AlloyBlock[];
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

function renderValue(value: AlloyValue): string {
    if (value instanceof Expression) {
        return value.text;
    }
    if (Array.isArray(value)) {
        return `[${value.map((item: AlloyValue) => renderValue(item)).join(", ")}]`;
    }
    if (typeof value === "object") {
        const entries = Object.entries(value).map(
            ([key, inner]) => `${identifier.test(key) ? key : JSON.stringify(key)} = ${renderValue(inner)}`,
        );
        return `{${entries.join(", ")}}`;
    }
    // Strings are those of Go, whose escapes JSON's are a part of.
    return JSON.stringify(value);
}

function renderAttributes(attributes: Record<string, AlloyValue>, indent: string): string {
    const width = Math.max(0, ...Object.keys(attributes).map((key) => key.length));
    return Object.entries(attributes)
        .map(([key, value]) => `${indent}${key.padEnd(width)} = ${renderValue(value)}\n`)
        .join("");
}

function renderBlock({ name, label, attributes = {}, blocks = [] }: AlloyBlock, indent: string): string {
    const inner = `${indent}\t`;
    const parts = [renderAttributes(attributes, inner), ...blocks.map((block) => renderBlock(block, inner))];
    const body = parts.filter((part) => part !== "").join("\n");
    const head = `${indent}${name}${label === undefined ? "" : ` ${JSON.stringify(label)}`}`;
    return body === "" ? `${head} { }\n` : `${head} {\n${body}${indent}}\n`;
}

/** Blocks as the text that Alloy reads, laid out as `alloy fmt` does. */
export function renderAlloy(blocks: AlloyBlock[]): string {
    return blocks.map((block) => renderBlock(block, "")).join("\n");
}
