import { hashSync } from "bcryptjs";
import { randomBytes } from "node:crypto";
import { plain, type PlainMap, type PlainValue } from "../provider/plain";
import { type InputRule, type Observed, present, type ResourceKind, text } from "../provider/resource-kind";
import { type CheckFailure, type PropertyMap, ProviderError } from "../provider/types";
import { randomString, shapeProblem, type StringShape } from "./strings";

/** A random resource needs nothing but its inputs. */
export type NoContext = Record<string, never>;

/** Work factor of the official plugin's bcrypt hash (Go's `bcrypt.DefaultCost`). */
const BCRYPT_COST = 10;
/** Bcrypt takes no more. */
const BCRYPT_BYTES = 72;
/** Id of the resources whose value is secret: it would stand in the state in plain text. */
const NO_ID = "none";

const replaced: InputRule = { replaces: true };
const needed: InputRule = { required: true, replaces: true };
const yes: InputRule = { default: true, replaces: true };
const zero: InputRule = { default: 0, replaces: true };

const stringInputs: Record<string, InputRule> = {
    keepers: replaced,
    length: needed,
    lower: yes,
    minLower: zero,
    minNumeric: zero,
    minSpecial: zero,
    minUpper: zero,
    number: replaced,
    numeric: replaced,
    overrideSpecial: replaced,
    special: yes,
    upper: yes,
};

function count(value: PlainValue | undefined): number {
    return typeof value === "number" ? value : 0;
}

function shapeOf(inputs: Partial<PlainMap>): StringShape {
    return {
        length: count(inputs.length),
        lower: inputs.lower !== false,
        minLower: count(inputs.minLower),
        upper: inputs.upper !== false,
        minUpper: count(inputs.minUpper),
        // `number` is the older name of `numeric`.
        numeric: (inputs.numeric ?? inputs.number) !== false,
        minNumeric: count(inputs.minNumeric),
        special: inputs.special !== false,
        minSpecial: count(inputs.minSpecial),
        overrideSpecial: text(inputs.overrideSpecial),
    };
}

function checkShape(inputs: Partial<PlainMap>): CheckFailure[] {
    const problem = inputs.length === undefined ? undefined : shapeProblem(shapeOf(inputs));
    return problem === undefined ? [] : [problem];
}

/** The state is all there is of a random value: a refresh finds what was. */
function remembered(
    inputs: Record<string, InputRule>,
    outputs: readonly string[],
    importer?: (id: string) => Observed,
) {
    return (id: string, state: PropertyMap): Promise<Observed> => {
        if (Object.keys(state).length === 0) {
            if (importer === undefined) {
                throw new ProviderError("The sandbox's stand-in for random can't import this resource type.");
            }
            return Promise.resolve(importer(id));
        }
        const known = plain(state);
        return Promise.resolve({
            id,
            inputs: present(Object.fromEntries(Object.keys(inputs).map((key) => [key, known[key]]))),
            outputs: present(Object.fromEntries(outputs.map((key) => [key, known[key]]))),
        });
    };
}

function bcryptHash(password: string): string {
    return hashSync(Buffer.from(password).subarray(0, BCRYPT_BYTES).toString(), BCRYPT_COST);
}

const nothingToDelete = (): Promise<void> => Promise.resolve();

const passwordOutputs = ["result", "bcryptHash"] as const;

export const randomPassword: ResourceKind<NoContext> = {
    inputs: stringInputs,
    outputs: passwordOutputs,
    secretOutputs: passwordOutputs,
    check: checkShape,
    create: (inputs) => {
        const result = randomString(shapeOf(inputs));
        return Promise.resolve({ id: NO_ID, outputs: { result, bcryptHash: bcryptHash(result) } });
    },
    read: remembered(stringInputs, passwordOutputs, (id) => ({
        id: NO_ID,
        inputs: { length: id.length },
        outputs: { result: id, bcryptHash: bcryptHash(id) },
    })),
    delete: nothingToDelete,
};

export const randomStringKind: ResourceKind<NoContext> = {
    inputs: stringInputs,
    outputs: ["result"],
    check: checkShape,
    create: (inputs) => {
        const result = randomString(shapeOf(inputs));
        return Promise.resolve({ id: result, outputs: { result } });
    },
    read: remembered(stringInputs, ["result"], (id) => ({
        id,
        inputs: { length: id.length },
        outputs: { result: id },
    })),
    delete: nothingToDelete,
};

const bytesInputs: Record<string, InputRule> = { keepers: replaced, length: needed };
const bytesOutputs = ["base64", "hex"] as const;

export const randomBytesKind: ResourceKind<NoContext> = {
    inputs: bytesInputs,
    outputs: bytesOutputs,
    secretOutputs: bytesOutputs,
    check: ({ length }) =>
        length !== undefined && (!Number.isInteger(length) || count(length) < 1)
            ? [{ property: "length", reason: "length must be a whole number of bytes, at least 1." }]
            : [],
    create: (inputs) => {
        const bytes = randomBytes(count(inputs.length));
        return Promise.resolve({
            id: NO_ID,
            outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") },
        });
    },
    read: remembered(bytesInputs, bytesOutputs),
    delete: nothingToDelete,
};

const idInputs: Record<string, InputRule> = { byteLength: needed, keepers: replaced, prefix: replaced };
const idOutputs = ["b64Std", "b64Url", "dec", "hex"] as const;

export const randomId: ResourceKind<NoContext> = {
    inputs: idInputs,
    outputs: idOutputs,
    check: ({ byteLength }) =>
        byteLength !== undefined && (!Number.isInteger(byteLength) || count(byteLength) < 1)
            ? [{ property: "byteLength", reason: "byteLength must be a whole number of at least 1." }]
            : [],
    create: (inputs) => {
        const bytes = randomBytes(count(inputs.byteLength));
        const prefix = text(inputs.prefix);
        return Promise.resolve({
            id: bytes.toString("base64url"),
            outputs: {
                b64Std: prefix + bytes.toString("base64"),
                b64Url: prefix + bytes.toString("base64url"),
                dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
                hex: prefix + bytes.toString("hex"),
            },
        });
    },
    read: remembered(idInputs, idOutputs),
    delete: nothingToDelete,
};
