/** A regular expression of Go that takes any of these texts, literally. */
export function anyOf(texts: readonly string[]): string {
    return texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
}
