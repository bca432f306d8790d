import { bucketName, type BucketUse, bucketUses } from "../buckets";
import { wrong, type Problem } from "../problems";
import type { ObjectStorageSettings } from "../schema";
import { bucketNamePattern, longestBucketName } from "../schema/common";
import { rule, when, type Rule } from "./rule";

/** A bucket whose name is known, with its place in the stack file. */
interface Named {
    readonly path: string;
    readonly name: string;
}

/** A bucket of AWS that is there already: its name can't be guessed, and one that was might be somebody else's. */
function unnamed({ path, bucket }: BucketUse, storage: ObjectStorageSettings): Problem[] {
    return when(storage.kind === "aws" && storage.buckets !== "create" && bucket.name === undefined, () => ({
        path: `${path}.name`,
        message: `missing; expected the name of the bucket that is there, for objectStorage.buckets is ${storage.buckets}`,
    }));
}

function tooLong({ path, name }: Named): Problem[] {
    return when(!bucketNamePattern.test(name), () => ({
        path: `${path}.name`,
        message:
            `missing; expected a name of at most ${longestBucketName} characters: ` +
            `the default one, ${name}, is too long`,
    }));
}

/**
 * Another stack of the cluster has the same `cluster.name`, and so the same default name; two Compactors in one bucket
 * damage its blocks.
 */
function unnamedBesideNeighbours({ path, bucket }: BucketUse, name: string): Problem[] {
    return when(bucket.name === undefined, () => ({
        path: `${path}.name`,
        message:
            "missing; expected the name of a bucket that is this stack's alone, for there are platform.neighbours: " +
            `the default one, ${name}, is that of every stack with this cluster.name`,
    }));
}

/** Loki and Thanos don't know each other's objects: each would take the other's for damaged data, or delete them. */
function shared({ path, name }: Named, index: number, all: readonly Named[]): Problem[] {
    const other = all.slice(0, index).find((before) => before.name === name);
    return other === undefined
        ? []
        : [wrong(`${path}.name`, name, `a bucket of its own: ${other.path} has the same name`)];
}

export const objectStorageRules: readonly Rule[] = [
    rule(["objectStorage"], ({ objectStorage }) =>
        objectStorage.kind === "aws"
            ? []
            : when(objectStorage.caCertificate !== undefined && !objectStorage.endpoint.startsWith("https:"), () => ({
                  path: "objectStorage.caCertificate",
                  message: `is given, but objectStorage.endpoint is ${objectStorage.endpoint}, without TLS; remove one of them`,
              })),
    ),
    rule(["longTerm", "logs", "objectStorage"], ({ objectStorage, ...parts }) =>
        bucketUses(parts).flatMap((use) => unnamed(use, objectStorage)),
    ),
    rule(["longTerm", "logs", "objectStorage"], ({ objectStorage: { access }, ...parts }) =>
        when(access.kind === "role" && access.oidcProvider === undefined && bucketUses(parts).length > 0, () => ({
            path: "objectStorage.access.oidcProvider",
            message:
                "missing; expected the ARN of the cluster's IAM OIDC provider (aws iam list-open-id-connect-providers), or " +
                "objectStorage.access.kind user: an access key for each client, which never expires",
        })),
    ),
    rule(
        ["cluster", "platform", "longTerm", "logs", "objectStorage"],
        ({ cluster, platform, objectStorage, ...parts }) =>
            // On AWS a default name ends at random, or is refused above.
            platform.neighbours.length === 0 || objectStorage.kind === "aws"
                ? []
                : bucketUses(parts).flatMap((use) => {
                      const name = bucketName(use, cluster.name, objectStorage);
                      return name.kind === "exact" ? unnamedBesideNeighbours(use, name.name) : [];
                  }),
    ),
    rule(["cluster", "longTerm", "logs", "objectStorage"], ({ cluster, objectStorage, ...parts }) => {
        const named = bucketUses(parts).flatMap((use): Named[] => {
            const name = bucketName(use, cluster.name, objectStorage);
            return name.kind === "exact" ? [{ path: use.path, name: name.name }] : [];
        });
        return [...named.flatMap(tooLong), ...named.flatMap(shared)];
    }),
];
