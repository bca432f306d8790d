import type { V1LabelSelector } from "@kubernetes/client-node";

/** Labels of an object, as its metadata has them. */
export type Labels = Readonly<Partial<Record<string, string>>>;

/** Whether a label selector takes an object: all of its requirements hold; an empty selector takes everything. */
export function selects({ matchLabels, matchExpressions }: V1LabelSelector, labels: Labels): boolean {
    return (
        Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
        (matchExpressions ?? []).every(({ key, operator, values = [] }) => {
            const value = labels[key];
            switch (operator) {
                case "In":
                    return value !== undefined && values.includes(value);
                case "NotIn":
                    // True of objects without the label too, other than in most query languages.
                    return value === undefined || !values.includes(value);
                case "Exists":
                    return value !== undefined;
                case "DoesNotExist":
                    return value === undefined;
                default:
                    throw new Error(`a label selector has the unknown operator "${operator}"`);
            }
        })
    );
}
