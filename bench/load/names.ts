import type { Variant } from "./options";

/** Namespace of all that the bench deploys beside the stack. */
export const benchNamespace = "perch-load";

/** Value of the label `job` of the load's targets. */
export const loadJob = "load";

/** Name and number of the port at which the load's targets listen. */
export const loadPort = { name: "metrics", port: 9100 } as const;

/** Name of the generator for a variant: also the value of its pods' label `app`. */
export const generatorName = (variant: Variant) => `load-${variant}`;
