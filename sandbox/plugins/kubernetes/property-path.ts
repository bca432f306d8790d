/** One step of a property path: a key, an index, or `*` for all of them. */
export type PathStep = string | number;

/** `spec.containers[0]["app.io/x"]`, as the engine writes property paths. */
export function formatPath(path: PathStep[]): string {
    let result = "";
    for (const step of path) {
        if (typeof step === "number") {
            result += `[${step}]`;
        } else if (/[."[\]]/.test(step)) {
            result += `["${step.replaceAll('"', '\\"')}"]`;
        } else {
            result += result === "" ? step : `.${step}`;
        }
    }
    return result;
}

/** The opposite of {@link formatPath}; undefined where the text isn't a property path. */
export function parsePath(path: string): PathStep[] | undefined {
    const steps: PathStep[] = [];
    let rest = path;
    while (rest !== "") {
        const match = /^(?:\.?([^.[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\])/.exec(rest);
        if (!match) {
            return undefined;
        }
        const [whole, key, index, quoted] = match;
        if (key !== undefined) {
            steps.push(key);
        } else if (index !== undefined) {
            steps.push(index === "*" ? "*" : Number(index));
        } else {
            steps.push((quoted ?? "").replaceAll(/\\(.)/g, "$1"));
        }
        rest = rest.slice(whole.length);
    }
    return steps;
}

/** Does the path `outer`, which may have wildcards, lead to `inner` or to something around it? */
export function containsPath(outer: PathStep[], inner: PathStep[]): boolean {
    return outer.length <= inner.length && outer.every((step, index) => step === "*" || step === inner[index]);
}
