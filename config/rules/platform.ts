import { wrong, type Problem } from "../problems";
import type { AreaSettings } from "../schema";
import { rule, when, type Rule } from "./rule";

/** Path and number of a part's replicas, where there is the part. */
function counted(path: string, part: "none" | { replicas: number }): [path: string, replicas: number][] {
    return part === "none" ? [] : [[`${path}.replicas`, part.replicas]];
}

/** Replicas that survive a node only on nodes of their own. */
function replicated({
    metrics,
    longTerm,
    logs,
    alerting,
}: Pick<AreaSettings, "metrics" | "longTerm" | "logs" | "alerting">): [path: string, replicas: number][] {
    return [
        ...counted("metrics", metrics),
        ...(longTerm.kind === "thanos"
            ? (["query", "queryFrontend", "store", "ruler"] as const).flatMap((part) =>
                  counted(`longTerm.${part}`, longTerm[part]),
              )
            : []),
        ...(logs.kind === "simpleScalable"
            ? (["write", "read", "backend", "gateway"] as const).flatMap((role) => counted(`logs.${role}`, logs[role]))
            : []),
        ...(alerting.kind === "alertmanager" ? counted("alerting", alerting) : []),
    ];
}

export const platformRules: readonly Rule[] = [
    rule(["platform"], ({ platform: { namespace, hostNamespace, neighbours } }): Problem[] => [
        ...when(hostNamespace === namespace, () =>
            wrong(
                "platform.hostNamespace",
                hostNamespace,
                "another namespace than platform.namespace: one enforces `restricted`, the other `privileged`",
            ),
        ),
        ...neighbours.flatMap((neighbour, index) =>
            when(neighbour === namespace, () =>
                wrong(
                    `platform.neighbours[${index}]`,
                    neighbour,
                    "a namespace of another stack: this is the stack's own",
                ),
            ),
        ),
    ]),
    rule(["cluster", "metrics", "longTerm", "logs", "alerting"], ({ cluster: { nodes }, ...areas }) =>
        nodes === undefined
            ? []
            : replicated(areas).flatMap(([path, replicas]) =>
                  when(replicas > nodes, () =>
                      wrong(path, replicas, `at most ${nodes}, one for each of cluster.nodes`),
                  ),
              ),
    ),
];
