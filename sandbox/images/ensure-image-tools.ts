import { UserError } from "../../cli/errors";
import { ensurePackages, ensureTools, findPackages, findStored, type BuiltToolName, type Reporter } from "../toolchain";
import { type Needs, needsOf } from "./builder";
import { catalogFile, findEntry, whyNot } from "./catalog";
import { formatReference, parseReference } from "./reference";
import { Upstream } from "./registry/upstream";
import { ImageStore } from "./store";

export interface ImageToolsOptions {
    /** Told what takes long. */
    readonly report?: (message: string) => void;
    /** Told what the toolchain does.  @default the console */
    readonly reporter?: Reporter;
    readonly signal?: AbortSignal;
    /** Whether a registry can be reached, so that nothing is needed for its images.  @default tried */
    readonly canReach?: (registry: string) => Promise<boolean>;
    /** Images that are kept already.  @default those in the user's cache */
    readonly store?: Pick<ImageStore, "findPulled">;
    /** Whether what an image is made of is there already.  @default looked up in the user's cache */
    readonly isStored?: (needs: Needs) => boolean;
    /** Asked when something must be got: those of the images that are really used.  @default all */
    readonly used?: () => Promise<ReadonlySet<string>>;
}

/** Where the images come from. */
export interface ImageOrigins {
    /** References of those that are made here. */
    readonly made: readonly string[];
    /** References of those that come from their registries, or came and are kept. */
    readonly pulled: readonly string[];
}

/**
 * Sees to it that all images can be had: what those are made of that aren't here and whose registries can't be reached is
 * got, the longest build first.
 * @throws UserError naming all images that can't be had
 */
export async function ensureImageTools(
    references: readonly string[],
    options: ImageToolsOptions = {},
): Promise<ImageOrigins> {
    const origins = await originsOf(references, options);
    const { made, pulled } = origins;
    options.report?.(`Images: ${pulled.length} from their registries, ${made.length} made here`);
    refuseUnknown(made);
    if (made.map(needsFor).every(options.isStored ?? isInCache)) {
        return origins;
    }
    const used = await options.used?.();
    const needs = made.filter((reference) => used?.has(reference) ?? true).map(needsFor);
    for (const names of distinct(needs.flatMap(({ packages }) => packages))) {
        await ensurePackages(names, options.report, options.signal);
    }
    const tools = new Set<BuiltToolName>(needs.flatMap((need) => need.tools));
    await ensureTools([...tools], {
        from: "pinned",
        shareBuilds: true,
        reporter: options.reporter,
        signal: options.signal,
    });
    return origins;
}

/** As the registry of the node decides, too: what is pulled is preferred, and is pulled once. */
async function originsOf(references: readonly string[], options: ImageToolsOptions): Promise<ImageOrigins> {
    const { canReach = reachability(), store = new ImageStore() } = options;
    const wanted = await Promise.all(
        [...new Set(references)].sort().map(async (reference) => {
            const parsed = parseReference(reference);
            const isKept = store.findPulled(formatReference(parsed)) !== undefined;
            return { reference, isPulled: isKept || (await canReach(parsed.registry)) };
        }),
    );
    const those = (isPulled: boolean): string[] =>
        wanted.filter((each) => each.isPulled === isPulled).map(({ reference }) => reference);
    return { made: those(false), pulled: those(true) };
}

function needsFor(reference: string): Needs {
    const entry = findEntry(reference);
    return entry !== undefined && "recipe" in entry ? needsOf(entry.recipe) : { tools: [], packages: [] };
}

function isInCache({ tools, packages }: Needs): boolean {
    return (
        tools.every((tool) => findStored(tool) !== undefined) &&
        packages.every((names) => findPackages(names) !== undefined)
    );
}

function reachability(): (registry: string) => Promise<boolean> {
    const upstream = new Upstream(new ImageStore());
    return (registry) => upstream.canReach(registry);
}

function refuseUnknown(references: readonly string[]): void {
    const lines = references.flatMap((reference) => {
        const reason = whyNot(reference);
        return reason === undefined ? [] : [`  ${reference}: ${reason}`];
    });
    if (lines.length > 0) {
        throw new UserError(
            `No pod can run these images here, since their registries can't be reached and they can't be made:\n` +
                `${lines.join("\n")}\nAdd them to ${catalogFile}, or take a machine that reaches the registries.`,
        );
    }
}

function distinct(sets: readonly (readonly string[])[]): readonly string[][] {
    return [...new Map(sets.map((names) => [names.join(" "), [...names]])).values()];
}
