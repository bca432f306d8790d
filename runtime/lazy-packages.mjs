import { createRequire } from "node:module";

/**
 * What the SDK loads when it starts and uses only to send functions elsewhere (dynamic providers, Lambdas), which the
 * program has none of: a quarter of a second and 40 MB of each preview.
 */
const packages = ["@npmcli/arborist", "typescript"];

const { cache, resolve } = createRequire(import.meta.url);
const sdk = createRequire(resolve("@pulumi/pulumi"));

/** Puts what loads a package when one of its members is first read where `require` looks for the package. */
function defer(file) {
    let loaded;
    const load = () => {
        if (loaded === undefined) {
            delete cache[file];
            loaded = sdk(file);
        }
        return loaded;
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
            has: (_, member) => member in load(),
            ownKeys: () => Reflect.ownKeys(load()),
            getOwnPropertyDescriptor(_, member) {
                // tsx asks each module for it; CommonJS ones like these have none.
                if (member === "module.exports") {
                    return undefined;
                }
                const found = Reflect.getOwnPropertyDescriptor(load(), member);
                // The object that stands for the exports has no member that can't be taken away.
                return found === undefined ? undefined : { ...found, configurable: true };
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
