import { wrong, type Problem } from "../problems";
import type { AreaSettings } from "../schema";
import { rule, when, type Rule } from "./rule";

/** Replicas that survive a node only on nodes of their own. */
function replicated({
    metrics,
    longTerm,
    logs,
    alerting,
}: Pick<AreaSettings, "metrics" | "longTerm" | "logs" | "alerting">): [path: string, replicas: number][] {
    return [
        ["metrics.replicas", metrics.replicas],
        ...(longTerm.kind === "thanos"
            ? ([
                  ["longTerm.query.replicas", longTerm.query.replicas],
                  ["longTerm.store.replicas", longTerm.store.replicas],
              ] satisfies [string, number][])
            : []),
        ...(logs.kind === "simpleScalable"
            ? (["write", "read", "backend", "gateway"] as const).map((role): [string, number] => [
                  `logs.${role}.replicas`,
                  logs[role].replicas,
              ])
            : []),
        ...(alerting.kind === "alertmanager"
            ? ([["alerting.replicas", alerting.replicas]] satisfies [string, number][])
            : []),
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
