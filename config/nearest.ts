import { closest, distance } from "fastest-levenshtein";

/** The known name that somebody most likely meant; undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
    const found =
        known.length === 0
            ? undefined
            : closest(
                  name.toLowerCase(),
                  known.map((each) => each.toLowerCase()),
              );
    const original = known.find((each) => each.toLowerCase() === found);
    const tolerance = Math.max(2, Math.floor(name.length / 3));
    return original !== undefined && distance(name.toLowerCase(), original.toLowerCase()) <= tolerance
        ? original
        : undefined;
}

/** `a`, `a or b`, `a, b or c`. */
export function oneOf(names: readonly string[]): string {
    return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}
