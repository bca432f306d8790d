import type { LifecycleRule, TransitionStorageClass } from "@aws-sdk/client-s3";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { PlainValue } from "../provider/plain";

/** Days or counts: S3 takes no fractions. */
const whole = z.number().int().min(0);
const storageClass = z.string() as unknown as z.ZodType<TransitionStorageClass>;
const status = z.enum(["Enabled", "Disabled"]);

const expiration = z.strictObject({
    date: z.iso.datetime().optional(),
    days: whole.optional(),
    expiredObjectDeleteMarker: z.boolean().optional(),
});

const transition = z.strictObject({ date: z.iso.datetime().optional(), days: whole.optional(), storageClass });

const filter = z.strictObject({
    prefix: z.string().optional(),
    objectSizeGreaterThan: whole.optional(),
    objectSizeLessThan: whole.optional(),
});

/** Input `rules` of BucketLifecycleConfiguration. */
export const separateRules = z
    .array(
        z.strictObject({
            id: z.string().min(1).max(255),
            status,
            filter: filter.optional(),
            prefix: z.string().optional(),
            expiration: expiration.optional(),
            abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: whole }).optional(),
            noncurrentVersionExpiration: z
                .strictObject({ noncurrentDays: whole, newerNoncurrentVersions: whole.optional() })
                .optional(),
            noncurrentVersionTransitions: z
                .array(
                    z.strictObject({
                        noncurrentDays: whole,
                        newerNoncurrentVersions: whole.optional(),
                        storageClass,
                    }),
                )
                .optional(),
            transitions: z.array(transition).optional(),
        }),
    )
    .min(1);

/** Input `lifecycleRules` of Bucket, the older way. */
export const inlineRules = z.array(
    z.strictObject({
        id: z.string().min(1).max(255).optional(),
        enabled: z.boolean(),
        prefix: z.string().optional(),
        expiration: expiration.optional(),
        abortIncompleteMultipartUploadDays: whole.optional(),
        noncurrentVersionExpiration: z.strictObject({ days: whole }).optional(),
        noncurrentVersionTransitions: z.array(z.strictObject({ days: whole, storageClass })).optional(),
        transitions: z.array(transition).optional(),
    }),
);

type SeparateRule = z.output<typeof separateRules>[number];
type InlineRule = z.output<typeof inlineRules>[number];

/** Days and dates of an action, as the API writes them. */
function when({ date, days }: { date?: string; days?: number }): { Date?: Date; Days?: number } {
    return { ...(date === undefined ? {} : { Date: new Date(date) }), ...(days === undefined ? {} : { Days: days }) };
}

function expirationToApi({ expiredObjectDeleteMarker, ...rest }: z.output<typeof expiration>) {
    return {
        ...when(rest),
        ...(expiredObjectDeleteMarker === undefined ? {} : { ExpiredObjectDeleteMarker: expiredObjectDeleteMarker }),
    };
}

function transitionsToApi(transitions: z.output<typeof transition>[]) {
    return transitions.map((item) => ({ ...when(item), StorageClass: item.storageClass }));
}

function separateToApi(rule: SeparateRule): LifecycleRule {
    const { filter: chosen, expiration: expires, abortIncompleteMultipartUpload: abort, transitions } = rule;
    const versions = rule.noncurrentVersionExpiration;
    return {
        ID: rule.id,
        Status: rule.status,
        Filter: {
            Prefix: chosen?.prefix ?? rule.prefix ?? "",
            ObjectSizeGreaterThan: chosen?.objectSizeGreaterThan,
            ObjectSizeLessThan: chosen?.objectSizeLessThan,
        },
        Expiration: expires && expirationToApi(expires),
        AbortIncompleteMultipartUpload: abort && { DaysAfterInitiation: abort.daysAfterInitiation },
        NoncurrentVersionExpiration: versions && {
            NoncurrentDays: versions.noncurrentDays,
            NewerNoncurrentVersions: versions.newerNoncurrentVersions,
        },
        NoncurrentVersionTransitions: rule.noncurrentVersionTransitions?.map((item) => ({
            NoncurrentDays: item.noncurrentDays,
            NewerNoncurrentVersions: item.newerNoncurrentVersions,
            StorageClass: item.storageClass,
        })),
        Transitions: transitions && transitionsToApi(transitions),
    };
}

function inlineToApi(rule: InlineRule, index: number): LifecycleRule {
    const { expiration: expires, abortIncompleteMultipartUploadDays: abortDays, transitions } = rule;
    return {
        ID: rule.id ?? `rule-${index + 1}`,
        Status: rule.enabled ? "Enabled" : "Disabled",
        Filter: { Prefix: rule.prefix ?? "" },
        Expiration: expires && expirationToApi(expires),
        AbortIncompleteMultipartUpload: abortDays === undefined ? undefined : { DaysAfterInitiation: abortDays },
        NoncurrentVersionExpiration: rule.noncurrentVersionExpiration && {
            NoncurrentDays: rule.noncurrentVersionExpiration.days,
        },
        NoncurrentVersionTransitions: rule.noncurrentVersionTransitions?.map(({ days, storageClass: target }) => ({
            NoncurrentDays: days,
            StorageClass: target,
        })),
        Transitions: transitions && transitionsToApi(transitions),
    };
}

/** Rules of a BucketLifecycleConfiguration as the API takes them. */
export function separateRulesToApi(rules: PlainValue | undefined): LifecycleRule[] {
    return separateRules.parse(rules).map(separateToApi);
}

/** Rules within a Bucket as the API takes them. */
export function inlineRulesToApi(rules: PlainValue | undefined): LifecycleRule[] {
    return inlineRules.parse(rules ?? []).map(inlineToApi);
}

/** JSON without the keys that hold nothing, so that what was read compares with what was written. */
function withoutNothing(value: unknown): PlainValue {
    if (value instanceof Date) {
        return value.toISOString();
    }
    if (Array.isArray(value)) {
        return value.map(withoutNothing);
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value)
                .filter(([, item]) => item !== undefined)
                .map(([key, item]) => [key, withoutNothing(item)]),
        );
    }
    return value as PlainValue;
}

function fromApi(rule: LifecycleRule): Omit<SeparateRule, "filter" | "prefix"> {
    const { Expiration: expires, AbortIncompleteMultipartUpload: abort, NoncurrentVersionExpiration: versions } = rule;
    return {
        id: rule.ID ?? "",
        status: rule.Status ?? "Disabled",
        expiration: expires && {
            date: expires.Date?.toISOString(),
            days: expires.Days,
            // The API says false where nothing was said.
            expiredObjectDeleteMarker: expires.ExpiredObjectDeleteMarker === true ? true : undefined,
        },
        abortIncompleteMultipartUpload: abort && { daysAfterInitiation: abort.DaysAfterInitiation ?? 0 },
        noncurrentVersionExpiration: versions && {
            noncurrentDays: versions.NoncurrentDays ?? 0,
            newerNoncurrentVersions: versions.NewerNoncurrentVersions,
        },
        noncurrentVersionTransitions: rule.NoncurrentVersionTransitions?.map((item) => ({
            noncurrentDays: item.NoncurrentDays ?? 0,
            newerNoncurrentVersions: item.NewerNoncurrentVersions,
            storageClass: item.StorageClass ?? "STANDARD_IA",
        })),
        transitions: rule.Transitions?.map((item) => ({
            date: item.Date?.toISOString(),
            days: item.Days,
            storageClass: item.StorageClass ?? "STANDARD_IA",
        })),
    };
}

/** What a program would have to write in a BucketLifecycleConfiguration to get these rules. */
export function separateRulesFromApi(rules: LifecycleRule[]): PlainValue {
    return withoutNothing(
        rules.map((rule) => {
            const { Prefix: prefix, ObjectSizeGreaterThan: above, ObjectSizeLessThan: below } = rule.Filter ?? {};
            return {
                ...fromApi(rule),
                filter: {
                    prefix: prefix === "" ? undefined : prefix,
                    objectSizeGreaterThan: above,
                    objectSizeLessThan: below,
                },
            };
        }),
    );
}

/** What a program would have to write in a Bucket to get these rules. */
export function inlineRulesFromApi(rules: LifecycleRule[]): PlainValue {
    return withoutNothing(
        rules.map((rule) => {
            const read = fromApi(rule);
            const prefix = rule.Filter?.Prefix ?? "";
            return {
                id: read.id,
                enabled: read.status === "Enabled",
                prefix: prefix === "" ? undefined : prefix,
                expiration: read.expiration,
                abortIncompleteMultipartUploadDays: read.abortIncompleteMultipartUpload?.daysAfterInitiation,
                noncurrentVersionExpiration: read.noncurrentVersionExpiration && {
                    days: read.noncurrentVersionExpiration.noncurrentDays,
                },
                noncurrentVersionTransitions: read.noncurrentVersionTransitions?.map((item) => ({
                    days: item.noncurrentDays,
                    storageClass: item.storageClass,
                })),
                transitions: read.transitions,
            };
        }),
    );
}

/** Do two values of `rules` make the same rules? */
export function sameSeparateRules(before: unknown, after: unknown): boolean {
    return same(separateRules, separateToApi, before, after);
}

/** Do two values of `lifecycleRules` make the same rules? */
export function sameInlineRules(before: unknown, after: unknown): boolean {
    return same(inlineRules, inlineToApi, before, after);
}

function same<Rule>(
    schema: z.ZodType<Rule[]>,
    toApi: (rule: Rule, index: number) => LifecycleRule,
    before: unknown,
    after: unknown,
): boolean {
    const [old, now] = [schema.safeParse(before), schema.safeParse(after)];
    return (
        old.success &&
        now.success &&
        isDeepStrictEqual(withoutNothing(old.data.map(toApi)), withoutNothing(now.data.map(toApi)))
    );
}
