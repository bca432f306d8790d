import { createRequire, setSourceMapsSupport } from "node:module";

const { extensions } = createRequire(import.meta.url);
const { ".js": loadJavaScript } = extensions;

// TypeScript is loaded by tsx, packages as Node does it: tsx would search each of their files for ECMAScript modules and have
// Node read its source map, half a second of each preview.
await import("tsx");
extensions[".js"] = loadJavaScript;
setSourceMapsSupport(true, { nodeModules: false });
