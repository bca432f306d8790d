import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { expect } from "chai";
import * as ts from "typescript";

const folder = path.resolve(__dirname, "../../components");

const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) =>
        ts.createSourceFile(file, readFileSync(path.join(folder, file), "utf8"), ts.ScriptTarget.Latest, true),
    );

/** Every node of a kind below another one. */
function all<T extends ts.Node>(root: ts.Node, is: (node: ts.Node) => node is T): T[] {
    const found: T[] = [];
    const visit = (node: ts.Node): void => {
        if (is(node)) {
            found.push(node);
        }
        ts.forEachChild(node, visit);
    };
    visit(root);
    return found;
}

/** The classes that are components, with the folder that they are in. */
const components = sources.flatMap((source) =>
    all(source, ts.isClassDeclaration)
        .filter((one) => one.heritageClauses?.some((clause) => clause.getText().includes("pulumi.ComponentResource")))
        .map((declaration) => ({
            name: declaration.name?.text ?? "",
            declaration,
            area: path.dirname(source.fileName),
        })),
);

/** Components that break a rule, by name. */
const breaking = (broken: (component: (typeof components)[number]) => boolean) =>
    components.filter(broken).map(({ name }) => name);

describe("Each component", () => {
    it("is looked at below: there are some twenty", () => {
        expect(components.length).to.be.within(15, 60);
        expect(new Set(components.map(({ name }) => name)).size).to.equal(components.length);
    });

    it("K-11: takes a name, typed inputs of its own and the engine's options", () => {
        const signature = ({ name, declaration }: (typeof components)[number]) => {
            const [constructor] = declaration.members.filter(ts.isConstructorDeclaration);
            const [first, second, third] = constructor?.parameters ?? [];
            return (
                constructor?.parameters.length === 3 &&
                first?.type?.getText() === "string" &&
                second?.type?.getText() === `${name}Args` &&
                third?.type?.getText() === "pulumi.ComponentResourceOptions" &&
                (third.questionToken !== undefined || third.initializer !== undefined)
            );
        };
        expect(breaking((component) => !signature(component))).to.deep.equal([]);
    });

    it("K-11: has no `any` in it, nor anything beside it", () => {
        const untyped = sources.filter(
            (source) => all(source, (node): node is ts.Node => node.kind === ts.SyntaxKind.AnyKeyword).length > 0,
        );
        expect(untyped.map(({ fileName }) => fileName)).to.deep.equal([]);
    });

    it("K-07: takes settings of the one schema: no part declares any of its own", () => {
        const own = sources.flatMap((source) =>
            all(source, ts.isInterfaceDeclaration).filter(({ name }) => name.text.endsWith("Settings")),
        );
        expect(own.map(({ name }) => name.text)).to.deep.equal([]);
        const imported = sources.flatMap((source) =>
            all(source, ts.isImportDeclaration)
                .filter(({ importClause }) => /\w+Settings\b/.test(importClause?.getText() ?? ""))
                .map(({ moduleSpecifier }) => moduleSpecifier.getText().replace(/^"(\.\.\/)+/, '"')),
        );
        expect(new Set(imported.filter((from) => from.startsWith('"config/')))).to.deep.equal(
            new Set(['"config/schema"']),
        );
    });

    it("K-14: says what it is and does", () => {
        const documented = ({ declaration }: (typeof components)[number]) => {
            const text = ts.getTextOfJSDocComment(ts.getJSDocCommentsAndTags(declaration)[0]?.comment);
            return (text ?? "").length > 40;
        };
        expect(breaking((component) => !documented(component))).to.deep.equal([]);
    });

    it("is registered under its area and name, and ends its registration", () => {
        const calls = ({ declaration }: (typeof components)[number]) => all(declaration, ts.isCallExpression);
        const token = (component: (typeof components)[number]) =>
            calls(component).find(({ expression }) => expression.kind === ts.SyntaxKind.SuperKeyword)?.arguments[0];
        const wanted = ({ area, name }: (typeof components)[number]) =>
            `perch:${area === "." ? "index" : area}:${name}`;
        const misnamed = breaking((component) => {
            const given = token(component);
            return given === undefined || !ts.isStringLiteral(given) || given.text !== wanted(component);
        });
        expect(misnamed).to.deep.equal([]);
        expect(
            breaking((one) => !calls(one).some(({ expression }) => expression.getText() === "this.registerOutputs")),
        ).to.deep.equal([]);
    });
});
