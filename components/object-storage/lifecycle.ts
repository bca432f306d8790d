import type { BucketSettings } from "../../config/schema";

/** Days after which what nobody can reach any more is freed. */
const CLEAN_UP_DAYS = 7;

/** One thing that a bucket deletes by itself. */
export interface LifecycleRule {
    readonly id: string;
    /** Days after which an object is deleted. */
    readonly expireDays?: number;
    /** Days after which the parts of an upload that never ended are deleted. */
    readonly abortUploadsDays?: number;
    /** Days after which a version that was overwritten or deleted is gone for good. */
    readonly noncurrentDays?: number;
    /** Delete the marker that a deletion leaves in a versioned bucket, once nothing else is left of the object. */
    readonly removeDeleteMarkers?: boolean;
}

/**
 * What a bucket deletes by itself: objects of a given age, unless they are kept for ever, and always what nobody can
 * reach any more. Versioning without an end to old versions would never free any space.
 */
export function lifecycle(expireDays: BucketSettings["expireDays"], versioning: boolean): LifecycleRule[] {
    return [
        // Expiry by age removes delete markers too; S3 takes only one of the two in a bucket's rule.
        ...(expireDays === "unlimited"
            ? versioning
                ? [{ id: "remove-delete-markers", removeDeleteMarkers: true }]
                : []
            : [{ id: "expire-objects", expireDays }]),
        {
            id: "clean-up",
            abortUploadsDays: CLEAN_UP_DAYS,
            ...(versioning ? { noncurrentDays: CLEAN_UP_DAYS } : {}),
        },
    ];
}

function expiration(rule: LifecycleRule) {
    if (rule.expireDays !== undefined) {
        return { expiration: { days: rule.expireDays } };
    }
    return rule.removeDeleteMarkers === true ? { expiration: { expiredObjectDeleteMarker: true } } : {};
}

/** A rule as the resource BucketLifecycleConfiguration takes it. */
export function separateRule(rule: LifecycleRule) {
    return {
        id: rule.id,
        status: "Enabled",
        filter: {},
        ...expiration(rule),
        ...(rule.abortUploadsDays === undefined
            ? {}
            : { abortIncompleteMultipartUpload: { daysAfterInitiation: rule.abortUploadsDays } }),
        ...(rule.noncurrentDays === undefined
            ? {}
            : { noncurrentVersionExpiration: { noncurrentDays: rule.noncurrentDays } }),
    };
}

/** A rule as the resource Bucket takes it in itself. */
export function inlineRule(rule: LifecycleRule) {
    return {
        id: rule.id,
        enabled: true,
        ...expiration(rule),
        ...(rule.abortUploadsDays === undefined ? {} : { abortIncompleteMultipartUploadDays: rule.abortUploadsDays }),
        ...(rule.noncurrentDays === undefined ? {} : { noncurrentVersionExpiration: { days: rule.noncurrentDays } }),
    };
}
