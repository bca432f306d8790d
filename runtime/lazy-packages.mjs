import { createRequire } from "node:module";

/** By the package that loads it when it starts: what the program never uses. A third of a second of each preview, and 40 MB. */
const unused = {
    // To run stacks from a program, and to send functions elsewhere (dynamic providers, Lambdas).
    "@pulumi/pulumi": ["./automation", "@npmcli/arborist", "typescript"],
    // Objects of foreign sources.
    "@pulumi/kubernetes": ["./helm", "./kustomize", "./yaml"],
    // Dashboards of other schema versions.
    "@grafana/grafana-foundation-sdk/prometheus": ["../dashboardv2", "../dashboardv2beta1"],
    // Messages in other languages.
    zod: ["./v4/locales/index.cjs"],
};

/** Functions and classes that the SDK takes out of their packages when it starts, and uses for `pulumi --tracing`. */
const tracing = {
    "@opentelemetry/exporter-zipkin": ["ZipkinExporter"],
    "@opentelemetry/instrumentation": ["registerInstrumentations"],
    "@opentelemetry/instrumentation-grpc": ["GrpcInstrumentation"],
    "@opentelemetry/resources": ["defaultResource", "resourceFromAttributes"],
    "@opentelemetry/sdk-trace-base": ["SimpleSpanProcessor"],
    "@opentelemetry/sdk-trace-node": ["NodeTracerProvider"],
};

const { cache, resolve } = createRequire(import.meta.url);

/** A function or class that is loaded when it is called. */
function deferMember(load, member) {
    return new Proxy(function () {}, {
        apply: (_, self, args) => Reflect.apply(load()[member], self, args),
        construct: (_, args) => Reflect.construct(load()[member], args),
    });
}

/** Puts what loads a module when one of its members is first read where `require` looks for the module. */
function defer(require, file, functions = []) {
    let loaded;
    const load = () => {
        if (loaded === undefined) {
            delete cache[file];
            loaded = require(file);
        }
        return loaded;
    };
    const members = new Map(functions.map((member) => [member, deferMember(load, member)]));
    const deferred = new Proxy(
        {},
        {
            get(_, member) {
                // Compiled imports ask for it, and take the object as it is where it is true.
                if (member === "__esModule") {
                    return true;
                }
                if (loaded === undefined && members.has(member)) {
                    return members.get(member);
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

/** Defers what a package loads. What isn't installed is passed over: the package says what it misses. */
function deferAll(from, names, functionsOf = () => []) {
    const require = createRequire(resolve(from));
    for (const name of names) {
        let file;
        try {
            file = require.resolve(name);
        } catch {
            continue;
        }
        defer(require, file, functionsOf(name));
    }
}

for (const [from, names] of Object.entries(unused)) {
    deferAll(from, names);
}
deferAll("@pulumi/pulumi", Object.keys(tracing), (name) => tracing[name]);
