import { type KubeObject, kubeObjects, type Seen } from "./mocks";
import { type ControllerSpec, operated, podOf } from "./stack";

/** What somebody with `kubectl` finds in the cluster of an object that runs pods. */
export interface Found {
    /** Kind of the controller, also where the operator makes it. */
    kind: string;
    name: string;
    namespace: string;
    /** Labels of the pods, and where there are volumes of the claims, too. */
    labels: Record<string, string>;
    claimLabels: Record<string, string> | undefined;
    /** Names of pods and claims that don't change from one pod to the next: those of StatefulSets. */
    pods: string[];
    claims: string[];
    containers: string[];
    ports: number[];
}

interface StatefulSpec extends ControllerSpec {
    selector: { matchLabels?: Record<string, string> };
    volumeClaimTemplates?: { metadata: { name: string; labels?: Record<string, string> } }[];
}

function foundOf(object: KubeObject): Found[] {
    return podOf(object).map(({ namespace, labels, replicas = 1, ports, spec }): Found => {
        const made = operated[object.kind];
        const kind = made === undefined ? object.kind : "StatefulSet";
        const { name: given } = object.metadata;
        const name = made === undefined ? given : `${made.prefix}-${given}`;
        const { shards = 1 } = object.spec as { shards?: number };
        const sets = Array.from({ length: shards }, (_, shard) => (shard === 0 ? name : `${name}-shard-${shard}`));
        const pods = sets.flatMap((set) => Array.from({ length: replicas }, (_, index) => `${set}-${index}`));
        const { selector, volumeClaimTemplates = [] } = object.spec as StatefulSpec;
        const volumes =
            made === undefined ? volumeClaimTemplates.map(({ metadata }) => metadata.name) : [`${name}-${made.volume}`];
        const own = made === undefined ? spec.containers.map((container) => container.name) : [made.prefix];
        return {
            kind,
            name,
            namespace,
            labels,
            claimLabels: volumes.length === 0 ? undefined : made === undefined ? selector.matchLabels : labels,
            pods: kind === "StatefulSet" ? pods : [],
            claims: kind === "StatefulSet" ? volumes.flatMap((volume) => pods.map((pod) => `${volume}-${pod}`)) : [],
            ports,
            containers: [
                ...own,
                ...(made === undefined ? [] : ["config-reloader"]),
                ...("thanos" in spec ? ["thanos-sidecar"] : []),
            ],
        };
    });
}

/** What these resources lead to, as somebody with `kubectl` finds it. */
export function foundIn(resources: Seen[]): Found[] {
    return kubeObjects(resources).flatMap(foundOf);
}
