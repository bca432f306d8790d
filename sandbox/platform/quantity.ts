const multipliers: Readonly<Record<string, number>> = {
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** The number of a Kubernetes quantity, e.g. 1073741824 of `1Gi`; `NaN` of what is none. */
export function quantityValue(quantity: string): number {
    const [, digits, unit] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
    return Number(digits) * (multipliers[unit ?? ""] ?? Number.NaN);
}

/** Whether a quantity is less than another one. */
export function isLess(left: string, right: string): boolean {
    return quantityValue(left) < quantityValue(right);
}
