/** A regular expression of Go that takes just this text. */
export function literally(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A regular expression of Go that takes any of these texts, literally. */
export function anyOf(texts: readonly string[]): string {
    return texts.map(literally).join("|");
}
