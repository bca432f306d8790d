import type { BuiltToolName } from "../toolchain";

/** What an image is made of, and how it starts: as the official image of that name does. */
export interface ImageRecipe {
    /** Programs: path in the image to the tool. */
    readonly programs?: Readonly<Record<string, BuiltToolName>>;
    /** Debian packages whose files, with those of all that they depend on, lie below all else. */
    readonly packages?: readonly string[];
    /** Whether a shell and its commands (busybox) are there, as in the official image. */
    readonly shell?: boolean;
    /** Users beside root: name to number; each has a group of its name and number. */
    readonly users?: Readonly<Record<string, number>>;
    /** Name or number that containers run as, as the image states it.  @default root */
    readonly user?: string;
    readonly directories?: Readonly<Record<string, ImageDirectory>>;
    /** Small files: path to content. */
    readonly files?: Readonly<Record<string, string>>;
    readonly entrypoint?: readonly string[];
    readonly command?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    /** @default "/" */
    readonly workingDirectory?: string;
    /** Folders that are a volume of their own in every container. */
    readonly volumes?: readonly string[];
    /** An image without users, certificates and folders: the program alone.  @default false */
    readonly bare?: boolean;
}

/** A folder of an image. */
export interface ImageDirectory {
    /** Number of the user and the group that own it.  @default 0 */
    readonly owner?: number;
    /** @default 0o755 */
    readonly mode?: number;
}
