import type { ZodType } from "zod";
import type { PlainMap, PlainValue } from "./plain";
import type { CheckFailure, PropertyMap, PropertyValue } from "./types";

/** What a table provider knows of one input. */
export interface InputRule {
    required?: true;
    /** What an absent input means; filled in by `check`, so that a diff never sees the difference. */
    default?: PropertyValue;
    /** A change makes a new resource, by the rule of the official plugin. */
    replaces?: true;
    /** Values that the service takes for the same. @default deep equality */
    same?: (before: PropertyValue, after: PropertyValue) => boolean;
    /** Absent, the service or another resource decides: no difference, and nothing to find on a refresh. */
    computed?: true;
    /** Its type; what doesn't fit is refused with the path and the reason. @default any */
    shape?: ZodType;
    /** Only the program knows it; the service can't tell. It is kept as it was on a refresh. */
    unreadable?: true;
}

/** A resource as the service has it. */
export interface Observed {
    id: string;
    /** Inputs as they would have to be written to get this resource. */
    inputs: PlainMap;
    /** Outputs beside the inputs. */
    outputs: PlainMap;
}

/** One resource type of a {@link TableProvider}. `C` is what its calls need: clients, settings. */
export interface ResourceKind<C> {
    inputs: Record<string, InputRule>;
    /** Names of the outputs that aren't inputs too; unknown in the preview of a new resource. */
    outputs: readonly string[];
    secretOutputs?: readonly string[];
    /**
     * The input that names the thing in the service. Absent in the program, it is made from the logical name and seven
     * random hexadecimal digits; given, a replacement deletes first, since two can't have the name.
     */
    name?: { input: string; unlessGiven?: string; separator?: string };
    /** What rules can't say. Unknown inputs are left out of `inputs`. */
    check?: (inputs: Partial<PlainMap>) => CheckFailure[];
    create: (inputs: PlainMap, context: C) => Promise<{ id: string; outputs: PlainMap }>;
    /**
     * When the thing that has the name of these inputs was made; undefined: there is none. Needed where a thing that is there
     * can't be created once more: one that an earlier run has half made is told apart by it from somebody else's.
     */
    madeAt?: (name: string, context: C) => Promise<Date | undefined>;
    /** Clears up after a creation that was begun at `since` and whose end nobody learned. It is created once more then. */
    abandon?: (inputs: PlainMap, context: C, since: Date) => Promise<void>;
    /** `undefined`: gone. `state` is empty when the resource is imported. */
    read: (id: string, state: PropertyMap, context: C) => Promise<Observed | undefined>;
    /** Outputs for whose sake it is replaced although no input changed, such as that its time has come. `state`: as known. */
    due?: (state: PlainMap, inputs: Partial<PlainMap>) => readonly string[];
    /** Absent: every change replaces. Returns the outputs beside the inputs. */
    update?: (id: string, inputs: PlainMap, olds: PlainMap, context: C) => Promise<PlainMap>;
    delete: (id: string, state: PlainMap, context: C) => Promise<void>;
}

/** Was a thing made after an earlier run began to create it? Services tell whole seconds. */
export function isMadeSince(made: Date | undefined, since: Date): boolean {
    return made !== undefined && made.getTime() + 1000 > since.getTime();
}

/** Reads a string that `check` has made sure of. */
export function text(value: PlainValue | undefined): string {
    return typeof value === "string" ? value : "";
}

/** Without the keys that have no value. */
export function present(map: Record<string, PlainValue | undefined>): PlainMap {
    return Object.fromEntries(
        Object.entries(map).filter((entry): entry is [string, PlainValue] => entry[1] !== undefined),
    );
}
