/** Sizes and amounts of Kubernetes (`500m`, `1.5Gi`) in the form in which its API server returns them. */

const NANO = 9;
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const SUFFIXES = Object.fromEntries(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));

interface Parsed {
    /** Value in billionths, the smallest unit that Kubernetes keeps; rounded away from zero. */
    nano: bigint;
    form: "binary" | "decimal" | "exponent";
}

function parse(quantity: string): Parsed | undefined {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(quantity);
    const [, sign = "", whole = "", fraction = "", suffix = ""] = match ?? [];
    if (!match || whole + fraction === "") {
        return undefined;
    }
    const negative = sign === "-";
    const digits = BigInt(whole + fraction);
    const binary = BINARY.indexOf(suffix);
    if (binary > 0) {
        return { nano: scale(digits << BigInt(10 * binary), NANO - fraction.length, negative), form: "binary" };
    }
    const decimal = DECIMAL[suffix];
    const exponent = decimal ?? Number(suffix.slice(1));
    return {
        nano: scale(digits, NANO + exponent - fraction.length, negative),
        form: decimal === undefined ? "exponent" : "decimal",
    };
}

/** `digits * 10^exponent` */
function scale(digits: bigint, exponent: number, negative: boolean): bigint {
    const power = 10n ** BigInt(Math.abs(exponent));
    const value = exponent >= 0 ? digits * power : (digits + power - 1n) / power;
    return negative ? -value : value;
}

function formatBinary(units: bigint): string {
    let [value, power] = [units, 0];
    while (value % 1024n === 0n && power < BINARY.length - 1) {
        value /= 1024n;
        power += 1;
    }
    return `${String(value)}${BINARY[power] ?? ""}`;
}

function formatDecimal(nano: bigint, form: Parsed["form"]): string {
    let [value, exponent] = [nano, -NANO];
    while (value % 10n === 0n && exponent < 18) {
        value /= 10n;
        exponent += 1;
    }
    while (exponent % 3 !== 0) {
        value *= 10n;
        exponent -= 1;
    }
    const suffix = form === "exponent" && exponent !== 0 ? `e${exponent}` : SUFFIXES[exponent];
    return `${String(value)}${suffix ?? ""}`;
}

/**
 * The canonical form, as `k8s.io/apimachinery/pkg/api/resource` has it: `1000m` is `1`, `0.5` is `500m`, `1.5Gi` is
 * `1536Mi`. What isn't a quantity comes back as it is; the API server says what is wrong with it.
 */
export function canonicalQuantity(quantity: string | number): string | number {
    const parsed = parse(String(quantity).trim());
    if (parsed === undefined) {
        return quantity;
    }
    const { nano, form } = parsed;
    const unit = 10n ** BigInt(NANO);
    if (nano === 0n) {
        return "0";
    }
    const small = nano > -1024n * unit && nano < 1024n * unit;
    return form === "binary" && !small && nano % unit === 0n ? formatBinary(nano / unit) : formatDecimal(nano, form);
}
