import { randomInt } from "node:crypto";

/** Which characters a random string is made of, and how many at least of each class. */
export interface StringShape {
    length: number;
    lower: boolean;
    minLower: number;
    upper: boolean;
    minUpper: number;
    numeric: boolean;
    minNumeric: number;
    special: boolean;
    minSpecial: number;
    /** Takes the place of the standard special characters; empty: the standard ones. */
    overrideSpecial: string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
/** The special characters of the official plugin's documentation. */
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

function pick(alphabet: string, count: number): string[] {
    return Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length)));
}

function shuffled(characters: string[]): string[] {
    const result = [...characters];
    for (let last = result.length - 1; last > 0; last--) {
        const other = randomInt(last + 1);
        [result[last], result[other]] = [result[other] ?? "", result[last] ?? ""];
    }
    return result;
}

/** A random string of cryptographic strength. The shape must be possible: {@link shapeProblem}. */
export function randomString(shape: StringShape): string {
    const special = shape.overrideSpecial === "" ? SPECIAL : shape.overrideSpecial;
    const demanded = [
        ...pick(LOWER, shape.minLower),
        ...pick(UPPER, shape.minUpper),
        ...pick(DIGITS, shape.minNumeric),
        ...pick(special, shape.minSpecial),
    ];
    const alphabet = [
        shape.lower ? LOWER : "",
        shape.upper ? UPPER : "",
        shape.numeric ? DIGITS : "",
        shape.special ? special : "",
    ].join("");
    return shuffled([...demanded, ...pick(alphabet, shape.length - demanded.length)]).join("");
}

/** Why no string can have this shape; `undefined`: one can. */
export function shapeProblem(shape: StringShape): { property: string; reason: string } | undefined {
    const minimum = shape.minLower + shape.minUpper + shape.minNumeric + shape.minSpecial;
    if (!Number.isInteger(shape.length) || shape.length < 1) {
        return { property: "length", reason: `length must be a whole number of at least 1, got ${shape.length}.` };
    }
    if (shape.length < minimum) {
        return {
            property: "length",
            reason:
                `length ${shape.length} is less than the ${minimum} characters that minLower, minUpper, minNumeric ` +
                `and minSpecial ask for together.`,
        };
    }
    if (minimum < shape.length && !(shape.lower || shape.upper || shape.numeric || shape.special)) {
        return { property: "", reason: "At least one of lower, upper, numeric and special must be true." };
    }
    return undefined;
}
