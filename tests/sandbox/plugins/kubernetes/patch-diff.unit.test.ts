import { expect } from "chai";
import { detailedDiff, mergePatch } from "../../../../sandbox/plugins/kubernetes/patch-diff";
import type { Plain, PlainMap } from "../../../../sandbox/plugins/kubernetes/objects";
import { containsPath, formatPath, parsePath } from "../../../../sandbox/plugins/kubernetes/property-path";
import { pruneMap } from "../../../../sandbox/plugins/kubernetes/prune";
import { kindTable, replaceOnChange } from "../../../../sandbox/plugins/kubernetes/table";
import { parseApiVersion } from "../../../../sandbox/plugins/kubernetes/objects";
import { UNKNOWN } from "../../../../sandbox/plugins/provider/types";

/** `path: kind` of each change. */
function changes(olds: PlainMap, news: PlainMap, replaces: string[] = []): Record<string, string> {
    const details = detailedDiff(mergePatch(olds, news), olds, news, replaces);
    return Object.fromEntries(Object.entries(details).map(([path, { kind }]) => [path, kind]));
}

/** An object that has `value` at a path of the table, such as `.spec.containers[*].image`. */
function objectWith(pattern: string, value: Plain): PlainMap {
    return pattern
        .slice(1)
        .split(".")
        .reduceRight<Plain>((inner, step) => {
            const key = step.replace("[*]", "");
            return { [key]: step.endsWith("[*]") ? [inner] : inner };
        }, value) as PlainMap;
}

describe("differences of the Kubernetes stand-in", () => {
    it("are added, changed and removed fields, at their own path", () => {
        expect(changes({ a: 1, b: { c: 1, d: 2 } }, { a: 2, b: { c: 1, e: 3 } })).to.deep.equal({
            a: "update",
            "b.d": "delete",
            "b.e": "add",
        });
    });

    it("are found element by element in lists", () => {
        const olds: PlainMap = { list: [{ name: "a", x: 1, y: 1 }, { name: "b" }, { name: "c" }] };
        expect(changes(olds, { list: [{ name: "a", x: 2 }, { name: "b" }] })).to.deep.equal({
            "list[0].x": "update",
            "list[0].y": "delete",
            "list[2]": "delete",
        });
        expect(changes({ list: ["a"] }, { list: ["a", "b"] })).to.deep.equal({ "list[1]": "add" });
    });

    it("don't exist between equal values, whatever the order of keys", () => {
        expect(changes({ a: { x: 1, y: [1, { z: null }] } }, { a: { y: [1, { z: null }], x: 1 } })).to.deep.equal({});
    });

    it("an unknown value changes what was there and adds what wasn't", () => {
        expect(
            changes({ a: 1, b: { c: 1 }, l: ["x"] }, { a: UNKNOWN, b: UNKNOWN, d: UNKNOWN, l: [UNKNOWN] }),
        ).to.deep.equal({ a: "update", b: "update", d: "add", "l[0]": "update" });
    });

    it("replace when the path is, is below, or holds a field of the table", () => {
        const paths = [".spec.selector", ".spec.containers[*].image"];
        const olds = { spec: { selector: { matchLabels: { a: "1" } }, containers: [{ image: "a", name: "n" }] } };
        expect(
            changes(
                olds,
                { spec: { selector: { matchLabels: { a: "2" } }, containers: [{ image: "b", name: "m" }] } },
                paths,
            ),
        ).to.deep.equal({
            "spec.selector.matchLabels.a": "update-replace",
            "spec.containers[0].image": "update-replace",
            "spec.containers[0].name": "update",
        });
        expect(changes({}, olds, paths)).to.deep.equal({ spec: "add-replace" });
        expect(changes(olds, { spec: { containers: olds.spec.containers } }, paths)).to.deep.equal({
            "spec.selector": "delete-replace",
        });
    });

    it("have quoted keys where a key has dots", () => {
        const path = ["metadata", "annotations", "a.b/c", 0, "plain"];
        expect(formatPath(path)).to.equal('metadata.annotations["a.b/c"][0].plain');
        expect(parsePath(formatPath(path))).to.deep.equal(path);
        expect(parsePath("a..b")).to.equal(undefined);
    });

    it("are ignored at and below a path, wildcards included", () => {
        const within = (outer: string, inner: string): boolean => containsPath(parsePath(outer)!, parsePath(inner)!);
        expect(within("spec", "spec.replicas")).to.equal(true);
        expect(within("spec.replicas", "spec")).to.equal(false);
        expect(within("spec.containers[*].image", "spec.containers[1].image")).to.equal(true);
        expect(within("spec.containers[0]", "spec.containers[1].image")).to.equal(false);
    });

    it("are looked for only in fields that the inputs had", () => {
        const live: PlainMap = {
            a: 1,
            extra: 2,
            map: { b: 1, c: 2 },
            list: [{ n: 1, status: "x" }, { n: 2 }],
            kind: null,
        };
        expect(pruneMap(live, { a: 9, map: { b: 9 }, list: [{ n: 9 }], kind: "x" })).to.deep.equal({
            a: 1,
            map: { b: 1 },
            list: [{ n: 1 }],
            kind: null,
        });
    });
});

describe("replacements by the table of the Kubernetes stand-in", () => {
    for (const row of kindTable) {
        const gvk = parseApiVersion(row.apiVersion, row.kind);
        it(`${row.apiVersion} ${row.kind}: ${row.replaceOnChange.length + 2} fields replace it, another doesn't`, () => {
            const paths = replaceOnChange(gvk, false, { configMap: true, secret: true });
            expect(paths).to.include.members([".metadata.name", ".metadata.namespace", ...row.replaceOnChange]);
            for (const path of paths) {
                const kinds = Object.values(changes(objectWith(path, "old"), objectWith(path, "new"), paths));
                expect(kinds, path).to.deep.equal(["update-replace"]);
            }
            const labels = (value: string): PlainMap => ({ metadata: { labels: { a: value } } });
            expect(changes(labels("1"), labels("2"), paths)).to.deep.equal({ "metadata.labels.a": "update" });
        });
    }

    it("data of Secrets and ConfigMaps replace them unless the provider says otherwise or they are immutable", () => {
        const config = parseApiVersion("v1", "ConfigMap");
        const secret = parseApiVersion("v1", "Secret");
        const fixed = { configMap: false, secret: false };
        const mutable = { configMap: true, secret: true };
        expect(replaceOnChange(config, false, fixed)).to.include.members([".data", ".binaryData"]);
        expect(replaceOnChange(config, false, mutable)).not.to.include(".data");
        expect(replaceOnChange(config, true, mutable)).to.include(".data");
        expect(replaceOnChange(secret, false, fixed)).to.include.members([".type", ".data", ".stringData"]);
        expect(replaceOnChange(secret, false, mutable))
            .to.include(".type")
            .and.not.to.include(".data");
        expect(replaceOnChange(secret, true, mutable)).to.include(".data");
    });

    it("custom resources are replaced for name and namespace only", () => {
        const gvk = parseApiVersion("monitoring.coreos.com/v1", "Prometheus");
        expect(replaceOnChange(gvk, false, { configMap: false, secret: false })).to.deep.equal([
            ".metadata.name",
            ".metadata.namespace",
        ]);
    });
});
