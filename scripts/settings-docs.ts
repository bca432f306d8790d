import { z } from "zod";
import { profileNames } from "../config/profiles";
import { receiverSecretFields, remoteWriteSecretFields, secretValueKeys, settingsSchema } from "../config/schema";
import { KIND, outline, type Field, type ObjectOutline, type Outline } from "../config/schema/outline";
import { NAMESPACE } from "../config/source";

const INTRODUCTION = `# Settings

Made from \`config/schema/\` by \`npm run docs\`: change the schema, not this page.

A stack file, \`Pulumi.<stack>.yaml\`, sets keys of the namespace \`${NAMESPACE}\`. Three answers are required:

\`\`\`yaml
config:
  ${NAMESPACE}:cluster:
    name: prod
  ${NAMESPACE}:grafana:
    host: grafana.example.com
  ${NAMESPACE}:alerting:
    deadMansSwitch: # who notices that this monitoring is dead; with ${NAMESPACE}:deadMansSwitchUrl this is answered, too
      kind: none
\`\`\`

- \`${NAMESPACE}:profile\` names the defaults: ${profileNames.map((name) => `[${name}](profiles/${name}.md)`).join(", ")}. Without it: standard.
- What a stack file says is merged into its profile field by field; lists are replaced; \`null\` takes away what the profile
  says. A part whose \`kind\` changes starts anew from the defaults of that kind.
- An unknown key is an error. All problems are told at once, before anything is changed.
- Durations are written as Prometheus writes them (\`30s\`, \`15d\`, \`1h30m\`), sizes with a binary unit (\`512Mi\`, \`10Gi\`).
- For completion and checks in an editor, put this line at the top of a stack file:
  \`# yaml-language-server: $schema=docs/settings.schema.json\`

## Secrets

Each is a key of its own and is refused unless it is encrypted: \`pulumi config set --secret ${NAMESPACE}:<key> --stack <stack>\`.
Those of receivers of alerts are keys \`receiver.<name>.<secret>\`; \`kind\` of the receiver says which it has: ${receiverSecretFields
    .map((field) => `\`${field}\``)
    .join(
        ", ",
    )} ([alerting](alerting.md)). Those of remote writes are keys \`remoteWrite.<name>.<secret>\`: ${remoteWriteSecretFields
    .map((field) => `\`${field}\``)
    .join(", ")} ([metrics](metrics.md)).
`;

const secretMeanings: Readonly<Record<(typeof secretValueKeys)[number], string>> = {
    grafanaAdminPassword: "Password of Grafana's administrator, in place of a generated one",
    grafanaSecretKey: "Key that encrypts secrets in Grafana's database, in place of a generated one",
    smtpPassword: "Password of the mail account; needed with `alerting.smtp.username`",
    deadMansSwitchUrl: "URL of the check that rings when this monitoring is dead; needed where that is a heartbeat",
    s3AccessKey: "Access key of an S3 API other than AWS",
    s3SecretKey: "Secret key that belongs to it",
};

interface Row {
    readonly key: string;
    readonly type: string;
    readonly fallback: string;
    readonly description: string;
}

const code = (text: string) => `\`${text}\``;

const typeTexts: Readonly<Record<string, string>> = {
    string: "text",
    integer: "whole number",
    boolean: "`true` or `false`",
};

function typeText(at: Outline): string {
    switch (at.is) {
        case "value":
            return at.values.length > 0 ? at.values.map(code).join(", ") : (typeTexts[at.type] ?? at.type);
        case "list":
            return `list of ${typeText(at.item)}`;
        case "map":
            return `map to ${typeText(at.value)}`;
        case "choice":
            return [...new Set(at.options.map(typeText))].join(", ");
        case "kinds":
            return `object of kind ${[...at.kinds.keys()].map(code).join(", ")}`;
        case "object":
            return "object";
    }
}

function fallbackText({ defaultValue, required, outline: at }: Field): string {
    if (required) {
        return "**required**";
    }
    if (at.is === "kinds" && at.defaultKind !== undefined) {
        return `kind ${code(at.defaultKind)}`;
    }
    const nested = at.is === "object" || (at.is === "choice" && at.options.some(({ is }) => is === "object"));
    return defaultValue === undefined || (nested && JSON.stringify(defaultValue) === "{}")
        ? ""
        : code(JSON.stringify(defaultValue));
}

/** Rows of everything below a field; `above` are the objects that contain it. */
function below(at: Outline, prefix: string, above: readonly ObjectOutline[]): Row[] {
    switch (at.is) {
        case "object":
            return above.includes(at) ? [] : rowsOf(at.fields, prefix, [...above, at]);
        case "kinds":
            return rowsOfKinds(at.kinds, prefix, above);
        case "choice":
            return at.options.flatMap((option) => below(option, prefix, above));
        case "map":
            return below(at.value, `${prefix}<name>.`, above);
        case "list":
            return below(at.item, `${prefix.slice(0, -1)}[].`, above);
        case "value":
            return [];
    }
}

function rowsOf(fields: Iterable<[string, Field]>, prefix: string, above: readonly ObjectOutline[]): Row[] {
    return [...fields].flatMap(([name, field]) => {
        const key = prefix + name;
        const speaks = field.outline.is !== "object" || field.description !== undefined;
        const row: Row = {
            key,
            type: typeText(field.outline),
            fallback: fallbackText(field),
            description: field.description ?? "",
        };
        return [...(speaks ? [row] : []), ...below(field.outline, `${key}.`, above)];
    });
}

/** Fields of one of several kinds, of which the kind itself is told where the object is. */
function rowsOfKind(object: ObjectOutline, prefix: string, above: readonly ObjectOutline[]): Row[] {
    const fields = [...object.fields].filter(([name]) => name !== KIND);
    return rowsOf(fields, prefix, [...above, object]);
}

/** What several kinds have alike is one row. It names them where the row of the object around it doesn't. */
function rowsOfKinds(
    kinds: ReadonlyMap<string, ObjectOutline>,
    prefix: string,
    above: readonly ObjectOutline[],
): Row[] {
    const shared = new Map<string, { row: Row; owners: Set<string> }>();
    for (const [kind, object] of kinds) {
        for (const row of rowsOfKind(object, prefix, above)) {
            const text = JSON.stringify(row);
            const known = shared.get(text) ?? { row, owners: new Set() };
            shared.set(text, { row, owners: known.owners.add(kind) });
        }
    }
    const all = [...kinds].map(([kind, { fields }]) => ({ kind, fields }));
    return [...shared.values()].map(({ row, owners }) => {
        const [field = "", ...inner] = row.key.slice(prefix.length).split(/\.|\[\]/);
        const around = inner.length === 0 ? all : all.filter(({ fields }) => fields.has(field));
        if (owners.size === around.length) {
            return row;
        }
        const only = `with kind ${[...owners].map(code).join(", ")}`;
        return { ...row, description: row.description === "" ? only : `${only}: ${row.description}` };
    });
}

function table(rows: readonly Row[]): string {
    const escape = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
    return [
        "| Key | Type | Default | Meaning |",
        "| --- | --- | --- | --- |",
        ...rows.map(
            ({ key, type, fallback, description }) =>
                `| ${code(key)} | ${type} | ${fallback} | ${escape(description)} |`,
        ),
    ].join("\n");
}

function kindSections(area: string, kinds: ReadonlyMap<string, ObjectOutline>, defaultKind?: string): string[] {
    return [...kinds].map(([kind, object]) => {
        const meaning = object.fields.get(KIND)?.description;
        const heading = `### ${area}, kind ${kind}${kind === defaultKind ? " (default)" : ""}`;
        const rows = rowsOfKind(object, "", []);
        return [
            heading,
            ...(meaning === undefined ? [] : [`${meaning}.`]),
            ...(rows.length > 0 ? [table(rows)] : []),
        ].join("\n\n");
    });
}

function areaSection(area: string, field: Field): string {
    const { outline: at, description } = field;
    const title = `## ${NAMESPACE}:${area}\n\n${description ?? ""}.`;
    if (at.is === "kinds") {
        return [title, ...kindSections(area, at.kinds, at.defaultKind)].join("\n\n");
    }
    const rows = below(at, "", []);
    const type = at.is === "object" ? "" : ` Type: ${typeText(at)}; default: ${fallbackText(field)}.`;
    return [title + type, ...(rows.length === 0 ? [] : [table(rows)])].join("\n\n");
}

/** The page that describes every setting. */
export function settingsPage(): string {
    const root = outline(settingsSchema) as ObjectOutline;
    const secrets = table(
        secretValueKeys.map((key) => ({ key, type: "secret", fallback: "", description: secretMeanings[key] })),
    );
    const areas = [...root.fields].map(([area, field]) => areaSection(area, field));
    return `${[INTRODUCTION + "\n" + secrets, ...areas].join("\n\n")}\n`;
}

/** The JSON Schema of a stack file, for editors: partial, as a profile may have said the rest. */
export function settingsJsonSchema(): object {
    const { properties = {}, $defs = {} } = z.toJSONSchema(settingsSchema, {
        io: "input",
        override: ({ jsonSchema }) => {
            delete jsonSchema.required;
            if (jsonSchema.oneOf !== undefined) {
                // Without its kind a partial object may fit several alternatives.
                jsonSchema.anyOf = jsonSchema.oneOf;
                delete jsonSchema.oneOf;
            }
        },
    });
    const secret = (description?: string) => ({
        description,
        type: "object",
        properties: { secure: { type: "string" } },
        required: ["secure"],
        additionalProperties: false,
    });
    const receiverKey = `^${NAMESPACE}:receiver\\.[^.]+\\.(${receiverSecretFields.join("|")})$`;
    const remoteWriteKey = `^${NAMESPACE}:remoteWrite\\.[^.]+\\.(${remoteWriteSecretFields.join("|")})$`;
    const keys = {
        profile: { enum: profileNames, description: "Named defaults that every other key overrides" },
        ...properties,
        ...Object.fromEntries(secretValueKeys.map((key) => [key, secret(secretMeanings[key])])),
    };
    const named = Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${NAMESPACE}:${key}`, value]));
    return {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: "Stack file of Perch",
        type: "object",
        $defs,
        properties: {
            config: {
                type: "object",
                properties: named,
                patternProperties: {
                    [receiverKey]: secret("Secret of a receiver of alerts"),
                    [remoteWriteKey]: secret("Secret of a remote write"),
                },
                propertyNames: {
                    anyOf: [
                        { not: { pattern: `^${NAMESPACE}:` } },
                        { enum: Object.keys(named) },
                        { pattern: receiverKey },
                        { pattern: remoteWriteKey },
                    ],
                },
                required: [`${NAMESPACE}:cluster`],
            },
        },
    };
}
