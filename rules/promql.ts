/** Share of a counter's increase that another selector of it has: `failed / all`, by these labels. */
export function shareOfRate(counter: string, failed: string, all: string, by: string, window = "5m"): string {
    const rate = (selector: string) => `sum by (${by}) (rate(${counter}{${selector}}[${window}]))`;
    return `${rate(failed)} / ${rate(all)}`;
}

/** A quantile of a classic histogram, by these labels. */
export function quantile(share: number, histogram: string, selector: string, by: string, window = "5m"): string {
    return `histogram_quantile(${share}, sum by (${by}, le) (rate(${histogram}_bucket{${selector}}[${window}])))`;
}
