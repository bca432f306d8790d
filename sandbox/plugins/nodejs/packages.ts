import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { findUpwards } from "./program";

/** A resource plugin that an installed SDK asks for. */
export interface RequiredPlugin {
    name: string;
    version: string;
    /** Where to download it from; absent: the default. */
    server?: string;
}

const manifestSchema = z.object({
    name: z.string(),
    version: z.string(),
    pulumi: z
        .object({
            resource: z.boolean().optional(),
            name: z.string().optional(),
            version: z.string().optional(),
            server: z.string().optional(),
        })
        .optional(),
});

const programSchema = z.object({
    dependencies: z.record(z.string(), z.string()).optional(),
    devDependencies: z.record(z.string(), z.string()).optional(),
});

/** One direct dependency of the program, at its installed version. */
export interface Dependency {
    name: string;
    version: string;
}

function manifestsBelow(modules: string): string[] {
    return fs
        .readdirSync(modules)
        .filter((entry) => !entry.startsWith("."))
        .flatMap((entry) =>
            entry.startsWith("@")
                ? fs.readdirSync(path.join(modules, entry)).map((name) => path.join(modules, entry, name))
                : [path.join(modules, entry)],
        )
        .map((folder) => path.join(folder, "package.json"))
        .filter((file) => fs.existsSync(file));
}

function readManifest(file: string): z.infer<typeof manifestSchema> | undefined {
    const content = fs.readFileSync(file, "utf8");
    // Most packages are none of Pulumi's: only those are worth the parsing.
    return content.includes('"pulumi"') ? manifestSchema.safeParse(JSON.parse(content)).data : undefined;
}

/** The plugins of all SDKs that are installed for the program. */
export function requiredPlugins(directory: string): RequiredPlugin[] {
    const modules = findUpwards(directory, "node_modules");
    return (modules === undefined ? [] : manifestsBelow(modules)).flatMap((file) => {
        const manifest = readManifest(file);
        if (manifest?.pulumi?.resource !== true) {
            return [];
        }
        const { name, version, server } = manifest.pulumi;
        return [{ name: name ?? path.basename(manifest.name), version: version ?? manifest.version, server }];
    });
}

/** The program's direct dependencies that are installed. */
export function programDependencies(directory: string): Dependency[] {
    const file = findUpwards(directory, "package.json");
    if (file === undefined) {
        return [];
    }
    const { dependencies, devDependencies } = programSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
    return Object.keys({ ...dependencies, ...devDependencies }).flatMap((name) => {
        const manifest = path.join(path.dirname(file), "node_modules", name, "package.json");
        return fs.existsSync(manifest)
            ? [
                  {
                      name,
                      version: manifestSchema
                          .pick({ version: true })
                          .parse(JSON.parse(fs.readFileSync(manifest, "utf8"))).version,
                  },
              ]
            : [];
    });
}
