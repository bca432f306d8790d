/** Label of a claim whose volume may be full: with "true", no alert tells of it. The Kubernetes mixin has the same one. */
export const excludedFromAlerts = "excluded-from-alerts";
