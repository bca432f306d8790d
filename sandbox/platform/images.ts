/**
 * Image names that decide how the platform treats a pod, as regular expressions that mean the same to JavaScript, to Go
 * (KWOK's templates) and to jq (KWOK's selectors).
 */
export const imagePatterns = {
    /** Can't be pulled, so that a test can have a pod that never gets ready: `.../broken...` or `:does-not-exist`. */
    missing: "/broken|:does-not-exist(@|$)",
    /** Runs for real, as a process of this machine. */
    prometheusOperator: "(^|/)prometheus-operator/prometheus-operator([:@]|$)",
} as const;

/** Whether pulling the image fails. */
export function isMissingImage(image: string): boolean {
    return new RegExp(imagePatterns.missing).test(image);
}

/** Whether the image is the Prometheus Operator's. */
export function isOperatorImage(image: string): boolean {
    return new RegExp(imagePatterns.prometheusOperator).test(image);
}
