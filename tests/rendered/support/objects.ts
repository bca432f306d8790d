import { type KubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, stacks } from "../../support/stacks";

const known = new Map<string, KubeObject[]>();

/** Kubernetes objects that the whole program registers for a stack; the program runs once for each. */
export async function objectsOf(stack: string): Promise<KubeObject[]> {
    const settings = stacks[stack];
    if (settings === undefined) {
        throw new Error(`no stack ${stack}; there are: ${Object.keys(stacks).join(", ")}`);
    }
    const objects = known.get(stack) ?? kubeObjects((await deployStack(settings())).resources);
    known.set(stack, objects);
    return objects;
}
