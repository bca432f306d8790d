/** Names under which people keep secrets. */
const secretName =
    /(password|passphrase|passwd|secret|secrets|token|credentials?|(secret|access|api|private|routing|integration|encryption)[_-]?key(id)?|(?<!admission)webhook[_-]?(url)?|bearer)$/i;

/** Whether a value under this name is likely a secret. */
export function looksSecret(name: string): boolean {
    return secretName.test(name);
}
