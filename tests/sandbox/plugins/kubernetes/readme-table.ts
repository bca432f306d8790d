import { kindTable } from "../../../../sandbox/plugins/kubernetes/table";

const DIFF = "diff.go";
const WAIT = "awaiters.go";

/** One row of README.md's table for each kind, as Prettier writes it but for the widths of the columns. */
export function tableRows(): string[] {
    return kindTable.map(({ apiVersion, kind, namespaced, replaceOnChange, wait }) => {
        // A field that is named below another one says nothing new.
        const fields = replaceOnChange.filter(
            (path) => !replaceOnChange.some((other) => path !== other && path.startsWith(`${other}.`)),
        );
        const data = { ConfigMap: ["data", "binaryData"], Secret: ["data", "stringData"] }[kind]?.map(
            (name) => `${name}¹`,
        );
        const names = [...fields.map((path) => path.slice(1)), ...(data ?? [])].map((name) => `\`${name}\``);
        const source = [names.length > 0 ? DIFF : "", wait === "none" ? "" : WAIT].filter(Boolean).join(", ");
        const cells = [
            `${apiVersion} ${kind}`,
            namespaced ? "yes" : "no",
            names.join(", ") || "-",
            wait === "none" ? "-" : wait,
            source || "-",
        ];
        return `| ${cells.join(" | ")} |`;
    });
}
