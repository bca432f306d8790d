import { overlay } from "../../../sandbox/engine";
import { stackOf } from "./deployment";
import { committedConfig, type Stack } from "./stack";

/** Namespace of {@link prod}. */
export const prodNamespace = "monitoring-prod";

/** What docs/operations.md asks of the second stack in a cluster whose first one has the default namespace. */
const besideAnother = {
    "perch:platform": { namespace: prodNamespace, neighbours: ["monitoring"] },
    "perch:metrics": { operator: { crds: "existing" }, nodeExporter: { port: 9101 } },
    "perch:longTerm": { bucket: { name: "metrics-thanos-prod" } },
    "perch:logs": { bucket: { name: "logs-loki-prod" } },
};

/** The stack of Pulumi.prod.yaml, beside another one. */
export function prod(): Promise<Stack> {
    return stackOf("prod", overlay(committedConfig("prod"), besideAnother));
}

/** Takes the stack away with its data: its protection is off first. */
export async function removeWithData(stack: Stack): Promise<void> {
    await stack.set("perch:platform.protectData", "false");
    await stack.up();
    await stack.destroy();
}
