import { parser, promqlErrors as errorsIn } from "../../config/promql";

/** Grafana's variables as the shortest thing that may stand in their place. */
function withoutVariables(expr: string): string {
    return expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1h").replaceAll("$__interval", "1m");
}

/** Where an expression isn't PromQL; empty when it is. */
export function promqlErrors(expr: string): string[] {
    const text = withoutVariables(expr);
    return errorsIn(text).map((at) => `at ${at}: ${text.slice(at, at + 20)}`);
}

/** The vector selectors of an expression: metric and matchers, by label. */
export function vectorSelectors(expr: string): { metric: string; matchers: Record<string, string> }[] {
    const text = withoutVariables(expr);
    const found: { metric: string; matchers: Record<string, string> }[] = [];
    parser()
        .parse(text)
        .iterate({
            enter: (node) => {
                const written = text.slice(node.from, node.to);
                if (node.name === "VectorSelector") {
                    found.push({ metric: /^[\w:]+/.exec(written)?.[0] ?? "", matchers: {} });
                }
                if (node.name === "UnquotedLabelMatcher") {
                    const [, label, value] = /^(\w+)\s*(?:=~|!~|!=|=)\s*"(.*)"$/s.exec(written) ?? [];
                    const last = found.at(-1);
                    if (label !== undefined && value !== undefined && last !== undefined) {
                        last.matchers[label] = value;
                    }
                }
            },
        });
    return found;
}
