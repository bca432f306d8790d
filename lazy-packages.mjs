import { createRequire } from "node:module";

/**
 * What the SDK loads when it starts and uses only to send functions elsewhere (dynamic providers, Lambdas), which the
 * program has none of: a fifth of a second and 30 MB of each preview.
 */
const packages = ["@npmcli/arborist", "typescript"];

const { cache, resolve } = createRequire(import.meta.url);
const sdk = createRequire(resolve("@pulumi/pulumi"));

/** Puts what loads a package when one of its members is first read where `require` looks for the package. */
function defer(file) {
    let loaded;
    const load = () => {
        if (cache[file]?.exports === deferred) {
            delete cache[file];
        }
        return (loaded ??= sdk(file));
    };
    const deferred = new Proxy(
        {},
        {
            get(_, member) {
                // Compiled imports ask for it, and take the object as it is where it is true.
                if (member === "__esModule") {
                    return true;
                }
                const exports = load();
                return member === "default" && !exports.__esModule ? exports : exports[member];
            },
        },
    );
    cache[file] = { id: file, filename: file, path: file, loaded: true, children: [], paths: [], exports: deferred };
}

for (const name of packages) {
    try {
        defer(sdk.resolve(name));
    } catch {
        // It isn't installed: the SDK brings one of its own or says what is missing.
    }
}
