import { z } from "zod";
import { parseBytes } from "../../config/units";
import { UserError } from "../../cli/errors";

/** Resources of the operator that become StatefulSets. */
const operatedKinds = ["Alertmanager", "Prometheus", "ThanosRuler"] as const;

/** What makes replicas with a volume each. */
export type OwnerKind = "StatefulSet" | (typeof operatedKinds)[number];

/** One kind of volume of one owner whose size the next `pulumi up` changes. */
export interface Growth {
    kind: OwnerKind;
    namespace: string;
    /** Of the owner. */
    name: string;
    /** Name of the claim template; undefined: the one that the operator makes. */
    template: string | undefined;
    from: string;
    to: string;
}

const claimSchema = z.object({
    metadata: z.object({ name: z.string() }).optional(),
    spec: z.object({ resources: z.object({ requests: z.object({ storage: z.string() }) }) }),
});

const inputsSchema = z.object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({
        volumeClaimTemplates: z.array(claimSchema).optional(),
        storage: z.object({ volumeClaimTemplate: claimSchema }).optional(),
    }),
});

const stateSchema = z.object({ type: z.string(), inputs: z.unknown().optional() });

const previewSchema = z.object({
    steps: z.array(z.object({ oldState: stateSchema.optional(), newState: stateSchema.optional() })),
});

const types: ReadonlyMap<string, OwnerKind> = new Map<string, OwnerKind>([
    ["kubernetes:apps/v1:StatefulSet", "StatefulSet"],
    ...operatedKinds.map((kind) => [`kubernetes:monitoring.coreos.com/v1:${kind}`, kind] as const),
]);

/**
 * The volumes that a stack's next `pulumi up` makes larger.
 * @param preview what `pulumi preview --json` printed
 * @throws UserError where one gets smaller, which no storage can do
 */
export function plannedGrowth(preview: string): Growth[] {
    const { steps } = previewSchema.parse(JSON.parse(preview));
    // A replacement is several steps of the same resource.
    const growths = new Map(
        steps
            .flatMap(({ oldState, newState }) =>
                oldState === undefined || newState === undefined ? [] : changedSizes(oldState, newState),
            )
            .map((growth) => [[growth.kind, growth.namespace, growth.name, growth.template].join("/"), growth]),
    );
    const smaller = [...growths.values()].filter(({ from, to }) => parseBytes(to) < parseBytes(from));
    if (smaller.length > 0) {
        throw new UserError(
            `A volume can't get smaller; nothing was changed:\n${smaller.map(describeGrowth).join("\n")}`,
        );
    }
    return [...growths.values()];
}

/** A line for the user: `  StatefulSet monitoring/loki-write, data: 10Gi -> 20Gi`. */
export function describeGrowth({ kind, namespace, name, template, from, to }: Growth): string {
    return `  ${kind} ${namespace}/${name}${template === undefined ? "" : `, ${template}`}: ${from} -> ${to}`;
}

function changedSizes(oldState: z.output<typeof stateSchema>, newState: z.output<typeof stateSchema>): Growth[] {
    const kind = types.get(newState.type);
    if (kind === undefined || oldState.type !== newState.type) {
        return [];
    }
    const before = sizesOf(oldState.inputs);
    const { name, namespace } = inputsSchema.parse(newState.inputs).metadata;
    return [...sizesOf(newState.inputs)].flatMap(([template, to]) => {
        const from = before.get(template);
        return from === undefined || from === to ? [] : [{ kind, namespace, name, template, from, to }];
    });
}

/** Sizes by name of their template; undefined: the operator's. */
function sizesOf(inputs: unknown): Map<string | undefined, string> {
    const { spec } = inputsSchema.parse(inputs);
    const claims = [...(spec.volumeClaimTemplates ?? []), ...(spec.storage ? [spec.storage.volumeClaimTemplate] : [])];
    return new Map(claims.map((claim) => [claim.metadata?.name, claim.spec.resources.requests.storage]));
}
