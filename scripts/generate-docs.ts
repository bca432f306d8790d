import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { alertsPage } from "./alerts-docs";
import { settingsJsonSchema, settingsPage } from "./settings-docs";

const docs = path.resolve(__dirname, "..", "docs");

writeFileSync(path.join(docs, "alerts.md"), alertsPage());
writeFileSync(path.join(docs, "settings.md"), settingsPage());
writeFileSync(path.join(docs, "settings.schema.json"), `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`);
