/**
 * Makes components/metrics/crds/ anew from the operator's own Go module at the version that config/versions.ts pins:
 * `npm exec -- tsx scripts/update-crds.ts`. Needs Go, which verifies the module against the checksum database.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { crdFolder, crdNames } from "../components/metrics/crd-files";
import { pinned } from "../config/versions";
import { messageOf } from "../cli/errors";
import { downloadModule, findGo } from "../sandbox/toolchain/go-build";
import { openWorkspace } from "../sandbox/toolchain/workspace";

const modulePath = "github.com/prometheus-operator/prometheus-operator";

/**
 * A schema without its texts: three quarters of the size, and nothing that the API server acts on. A property that is
 * called `description` stays.
 */
export function withoutDescriptions(value: unknown, parentKey = ""): unknown {
    if (Array.isArray(value)) {
        return value.map((item) => withoutDescriptions(item));
    }
    if (value === null || typeof value !== "object") {
        return value;
    }
    const entries = Object.entries(value).filter(([key]) => key !== "description" || parentKey === "properties");
    return Object.fromEntries(
        // Below `properties` stand names, not keywords: one of them may be `properties` itself.
        entries.map(([key, inner]) => [key, withoutDescriptions(inner, parentKey === "properties" ? "" : key)]),
    );
}

function notice(version: string): string {
    return `The CustomResourceDefinitions in this folder are those of the Prometheus Operator ${version},
from example/prometheus-operator-crd/ of its Go module ${modulePath}
(https://${modulePath}/tree/v${version}/example/prometheus-operator-crd),
with the descriptions left out, by scripts/update-crds.ts.

Copyright The prometheus-operator Authors. Licensed under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0), the same as this project's LICENSE.
`;
}

/**
 * Writes the definitions of a folder of the operator's sources, as the stack carries them.
 * @returns how many bytes they are
 */
export function writeCrds(from: string, to: string): number {
    fs.mkdirSync(to, { recursive: true });
    let bytes = 0;
    for (const name of crdNames) {
        const source = path.join(from, `monitoring.coreos.com_${name}.yaml`);
        const text = JSON.stringify(withoutDescriptions(parse(fs.readFileSync(source, "utf8"))));
        fs.writeFileSync(path.join(to, `${name}.crd.json`), `${text}\n`);
        bytes += text.length;
    }
    return bytes;
}

async function main(): Promise<void> {
    const version = pinned.prometheusOperator.deployed;
    const workspace = await openWorkspace();
    try {
        const go = await findGo(workspace.folder, "the operator's CRDs");
        const module = await downloadModule(go, { path: modulePath, version: `v${version}` });
        const bytes = writeCrds(path.join(module, "example/prometheus-operator-crd"), crdFolder);
        fs.writeFileSync(path.join(crdFolder, "NOTICE"), notice(version));
        process.stdout.write(`${crdNames.length} CRDs of version ${version}, ${bytes} bytes\n`);
    } finally {
        await workspace.remove();
    }
}

if (require.main === module) {
    main().catch((error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`);
        process.exitCode = 1;
    });
}
