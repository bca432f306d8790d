/**
 * Makes `go-types.json`, what {@link ../normalize} knows of Kubernetes' own types, from their Go sources:
 *
 *     go mod download -json k8s.io/api@v0.36.1 k8s.io/apimachinery@v0.36.1   # says where both lie
 *     npm exec -- tsx sandbox/plugins/kubernetes/go-types/generate.ts <k8s.io/api> <k8s.io/apimachinery>
 *
 * The official plugin sends inputs through these Go types and compares what comes out. What happens to a field there is
 * decided by its Go type and its `omitempty`, which no OpenAPI schema tells.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { kindTable } from "../table";

/** By type, by field: what normalizing does, see {@link ../normalize}. */
type FieldCodes = Record<string, Record<string, string>>;

interface Field {
    /** Name in JSON; undefined for an inlined struct. */
    json: string | undefined;
    goType: string;
    omitEmpty: boolean;
}

interface GoType {
    package: string;
    fields?: Field[];
    /** Right-hand side of a type that isn't a struct. */
    alias?: string;
}

const scalars = new Set(
    "bool byte float32 float64 int int16 int32 int64 int8 string uint8 uint16 uint32 uint64".split(" "),
);
const special: Record<string, string> = { "api/resource.Quantity": "q" };

class GoTypes {
    private readonly types = new Map<string, GoType>();

    public load(packageName: string, file: string): void {
        const source = readFileSync(file, "utf8");
        for (const [, name = "", body = ""] of source.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
            this.types.set(`${packageName}.${name}`, { package: packageName, fields: parseFields(body) });
        }
        for (const [, name = "", right = ""] of source.matchAll(/^type (\w+) =? ?(?!struct|interface)(\S+)$/gm)) {
            this.types.set(`${packageName}.${name}`, { package: packageName, alias: right });
        }
    }

    /** Code of a Go type expression: containers, then what is inside; empty when there is nothing to normalize. */
    public code(expression: string, inPackage: string, queue: string[]): string {
        if (expression.startsWith("*")) {
            return this.code(expression.slice(1), inPackage, queue);
        }
        if (expression.startsWith("[]")) {
            const inner = this.code(expression.slice(2), inPackage, queue);
            return inner === "" ? "" : `[${inner}`;
        }
        const map = /^map\[[^\]]+\](.+)$/.exec(expression);
        if (map) {
            const inner = this.code(map[1] ?? "", inPackage, queue);
            return inner === "" ? "" : `{${inner}`;
        }
        const name = qualify(expression, inPackage);
        if (special[name] !== undefined) {
            return special[name];
        }
        const type = this.types.get(name);
        if (type?.alias !== undefined) {
            return this.code(type.alias, type.package, queue);
        }
        if (type?.fields === undefined) {
            return "";
        }
        queue.push(name);
        return `@${name}`;
    }

    /** Is the field left out when it holds its zero value? So with `omitempty`, unless it is a pointer or a struct. */
    public dropsZero({ goType, omitEmpty }: Field, inPackage: string): boolean {
        if (!omitEmpty || goType.startsWith("*")) {
            return false;
        }
        if (goType.startsWith("[]") || goType.startsWith("map[") || scalars.has(goType)) {
            return true;
        }
        const type = this.types.get(qualify(goType, inPackage));
        return type?.alias !== undefined && this.dropsZero({ json: "", goType: type.alias, omitEmpty }, type.package);
    }

    /** All fields of a struct, those of inlined structs among them. */
    public fieldsOf(name: string): { field: Field; package: string }[] {
        const type = this.types.get(name);
        return (type?.fields ?? []).flatMap((field) =>
            field.json === undefined
                ? this.fieldsOf(qualify(field.goType, type?.package ?? ""))
                : [{ field, package: type?.package ?? "" }],
        );
    }
}

function parseFields(body: string): Field[] {
    const fields: Field[] = [];
    for (const line of body.split("\n")) {
        const match = /^\t(?:(\w+)\s+)?([\w.*[\]]+)\s+`.*?json:"([^"]*)"/.exec(line);
        if (match) {
            const [, , goType = "", tag = ""] = match;
            const [json = "", ...flags] = tag.split(",");
            fields.push({ json: json === "" ? undefined : json, goType, omitEmpty: flags.includes("omitempty") });
        }
    }
    return fields;
}

/** `v1.PodSpec` in apps/v1 is `core/v1.PodSpec`. Every import alias that the sources use is listed here. */
function qualify(expression: string, inPackage: string): string {
    const [alias = "", name] = expression.split(".");
    if (name === undefined) {
        return `${inPackage}.${alias}`;
    }
    const packages: Record<string, string> = {
        metav1: "meta/v1",
        v1: inPackage === "core/v1" ? "meta/v1" : "core/v1",
        corev1: "core/v1",
        resource: "api/resource",
    };
    return `${packages[alias] ?? alias}.${name}`;
}

function packageOf(apiVersion: string): string {
    return apiVersion === "v1" ? "core/v1" : apiVersion.replace(/\.k8s\.io|\.authorization\.k8s\.io/, "");
}

function generate(api: string, machinery: string): FieldCodes {
    const types = new GoTypes();
    types.load("meta/v1", path.join(machinery, "pkg/apis/meta/v1/types.go"));
    const scheme = kindTable.filter(({ apiVersion }) => !/^api(extensions|registration)/.test(apiVersion));
    for (const name of new Set(["core/v1", ...scheme.map(({ apiVersion }) => packageOf(apiVersion))])) {
        types.load(name, path.join(api, name, "types.go"));
    }
    const queue = scheme.map(({ apiVersion, kind }) => `${packageOf(apiVersion)}.${kind}`);
    const codes: FieldCodes = {};
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        if (name in codes) {
            continue;
        }
        const entry: Record<string, string> = (codes[name] = {});
        for (const { field, package: inPackage } of types.fieldsOf(name)) {
            const code = (types.dropsZero(field, inPackage) ? "z" : "") + types.code(field.goType, inPackage, queue);
            if (code !== "" && field.json !== undefined && field.json !== "status") {
                entry[field.json] = code;
            }
        }
    }
    return withoutEmpty(codes);
}

/** Without the types that have nothing to normalize, and without what leads only to such. */
function withoutEmpty(codes: FieldCodes): FieldCodes {
    const empty = new Set(Object.keys(codes).filter((name) => Object.keys(codes[name] ?? {}).length === 0));
    if (empty.size === 0) {
        return codes;
    }
    const kept = Object.entries(codes).filter(([name]) => !empty.has(name));
    const without = kept.map(([name, fields]) => [
        name,
        Object.fromEntries(
            Object.entries(fields)
                .map(([field, code]) => [field, leadsTo(code, empty) ? (code.startsWith("z") ? "z" : "") : code])
                .filter(([, code]) => code !== ""),
        ) as Record<string, string>,
    ]);
    return withoutEmpty(Object.fromEntries(without) as FieldCodes);
}

function leadsTo(code: string, types: Set<string>): boolean {
    const reference = code.split("@")[1];
    return reference !== undefined && types.has(reference);
}

const [api, machinery] = process.argv.slice(2);
if (api === undefined || machinery === undefined) {
    throw new Error("usage: generate.ts <folder of k8s.io/api> <folder of k8s.io/apimachinery>");
}
const codes = generate(api, machinery);
const lines = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fields]) => `    ${JSON.stringify(name)}: ${JSON.stringify(fields)}`);
writeFileSync(path.join(__dirname, "go-types.json"), `{\n${lines.join(",\n")}\n}\n`);
