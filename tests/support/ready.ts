interface WithConditions {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Whether a pod or a node says that it is ready. */
export function saysReady({ status }: WithConditions): boolean {
    return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
}
