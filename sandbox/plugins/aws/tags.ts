import { z } from "zod";
import type { PlainMap, PlainValue } from "../provider/plain";
import type { InputRule } from "../provider/resource-kind";
import type { Aws } from "./clients";

/** One tag as the services have it. */
export interface Tag {
    Key: string;
    Value: string;
}

/** The input `tags`. */
export const tagsRule: InputRule = { shape: z.record(z.string(), z.string()) };

/** Tags of the program, with the provider's default tags beneath. */
export function allTags(tags: PlainValue | undefined, { defaultTags }: Aws): Record<string, string> {
    const own = tagsRule.shape?.safeParse(tags ?? {}).data as Record<string, string> | undefined;
    return { ...defaultTags, ...own };
}

export function toTags(tags: Record<string, string>): Tag[] {
    return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function fromTags(tags: { Key?: string; Value?: string }[] = []): Record<string, string> {
    return Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** What the program would have to write to get these tags. */
export function ownTags(tags: Record<string, string>, { defaultTags }: Aws): PlainMap {
    const own = Object.entries(tags).filter(([key, value]) => defaultTags[key] !== value);
    return own.length === 0 ? {} : { tags: Object.fromEntries(own) };
}

/** Keys that were there and aren't any more. */
export function goneTags(before: PlainValue | undefined, now: Record<string, string>, aws: Aws): string[] {
    return Object.keys(allTags(before, aws)).filter((key) => !(key in now));
}
