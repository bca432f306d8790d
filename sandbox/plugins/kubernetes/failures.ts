import { PartialFailure, type PropertyMap, ProviderError } from "../provider/types";
import { isConflict, messageOf } from "./api-error";
import { NotReadyError } from "./await";

const CONFLICT_HELP =
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/" +
    "#handle-field-conflicts-on-existing-resources";

/** A conflict between field managers, with the way out; any other error as it is. */
export function explainConflict(error: unknown, fieldManager: string): unknown {
    return isConflict(error)
        ? new ProviderError(
              `server-side apply field conflict detected, see ${CONFLICT_HELP} for troubleshooting help\n` +
                  `The resource managed by field manager "${fieldManager}" had an apply conflict: ${messageOf(error)}`,
          )
        : error;
}

/** How to go on when an object is there that should be made; the words of the official plugin. */
export const EXISTS_HELP = `

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;

/** The object is there, but something went wrong on the way; the engine keeps `state` and shows all reasons. */
export function partialFailure(
    id: string,
    message: string,
    cause: unknown,
    state: PropertyMap,
    inputs: PropertyMap,
): PartialFailure {
    const problems = cause instanceof NotReadyError ? cause.problems : [];
    return new PartialFailure(message, id, state, inputs, [message, ...problems]);
}
