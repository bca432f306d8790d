import { createHash, randomBytes } from "node:crypto";
import { closest } from "fastest-levenshtein";
import { holdsSecret, holdsUnknown, plain, type PlainMap } from "./plain";
import { differences, toDetailedDiff } from "./property-diff";
import { type InputRule, isMadeSince, type ResourceKind, text } from "./resource-kind";
import {
    type CheckFailure,
    type CheckRequest,
    type CheckResponse,
    type CheckConfigRequest,
    type ConfigureRequest,
    type CreateRequest,
    type CreateResponse,
    type DeleteRequest,
    type DiffRequest,
    type DiffResponse,
    type InvokeRequest,
    type InvokeResponse,
    type PropertyMap,
    ProviderError,
    type ReadRequest,
    type ReadResponse,
    type ResourceProvider,
    Secret,
    UNKNOWN,
    type UpdateRequest,
    type UpdateResponse,
} from "./types";

/** Hexadecimal digits that make an automatic name unique, as many as the official plugins use. */
const NAME_DIGITS = 7;

/** How one package stands in for its official plugin. */
export interface Table<C> {
    /** Package name, such as `random`. */
    name: string;
    /** Version of the official plugin, for messages. */
    version: string;
    kinds: Record<string, ResourceKind<C>>;
    /** Names of the settings that the provider takes. */
    config: readonly string[];
    /** Makes what the kinds need from the provider's checked settings. */
    configure: (settings: PropertyMap) => Promise<C>;
    invoke?: (token: string, args: PropertyMap, context: C) => Promise<PropertyMap>;
}

function unknownKey(what: string, key: string, known: readonly string[], table: { name: string; version: string }) {
    const hint = known.length > 0 ? ` Nearest known one: ${closest(key, [...known])}.` : "";
    return (
        `${what} doesn't know "${key}".${hint} The sandbox stands in for the official plugin ${table.name} ` +
        `${table.version} with what Perch uses; a key that the official one has must be added below sandbox/plugins.`
    );
}

function automaticName(request: CheckRequest, kind: ResourceKind<never>): string {
    const seed = request.randomSeed.length > 0 ? Buffer.from(request.randomSeed) : randomBytes(32);
    const digits = createHash("sha256").update(seed).update(request.urn).digest("hex").slice(0, NAME_DIGITS);
    return `${request.name}${kind.name?.separator ?? "-"}${digits}`;
}

function shapeFailures(rules: Record<string, InputRule>, known: PlainMap): CheckFailure[] {
    return Object.entries(rules).flatMap(([key, { shape }]) => {
        const issues = known[key] === undefined ? [] : (shape?.safeParse(known[key]).error?.issues ?? []);
        return issues.map(({ path, message }) => ({
            property: [key, ...path.map(String)].join("."),
            reason: `${message} (as far as the sandbox's stand-in knows).`,
        }));
    });
}

/** The plain values of what is known already. */
function known(properties: PropertyMap): PlainMap {
    return plain(Object.fromEntries(Object.entries(properties).filter(([, value]) => !holdsUnknown(value))));
}

/** Keys of the engine's and of bridged plugins' own, such as `__defaults`. */
function isInternal(key: string): boolean {
    return key.startsWith("__");
}

/** Marks the outputs that hold what the program gave as a secret, and those that are secret by nature. */
function sealed(properties: PropertyMap, inputs: PropertyMap, secretOutputs: readonly string[]): PropertyMap {
    return Object.fromEntries(
        Object.entries(properties).map(([key, value]) => {
            const given = inputs[key];
            const secret = secretOutputs.includes(key) || (given !== undefined && holdsSecret(given));
            return [key, secret && !(value instanceof Secret) ? new Secret(value) : value];
        }),
    );
}

/** A provider whose resource types are rows of a table. */
export class TableProvider<C> implements ResourceProvider {
    public readonly supportsPreview = true;
    private context: C | undefined;

    public constructor(private readonly table: Table<C>) {}

    public checkConfig(request: CheckConfigRequest): Promise<CheckResponse> {
        const known = [...this.table.config, "version", "pluginDownloadURL"];
        const failures = Object.keys(request.news)
            .filter((key) => !known.includes(key) && !isInternal(key))
            .map((key) => ({ property: key, reason: unknownKey("The provider", key, this.table.config, this.table) }));
        return Promise.resolve({ inputs: request.news, failures });
    }

    public diffConfig(request: DiffRequest): Promise<DiffResponse> {
        const before = request.oldInputs;
        const found = [...new Set([...Object.keys(before), ...Object.keys(request.news)])]
            .filter((key) => key !== "version" && !isInternal(key))
            .flatMap((key) => differences(key, before[key], request.news[key]));
        return Promise.resolve({ changes: found.length > 0 ? "some" : "none", replaces: [] });
    }

    public async configure(request: ConfigureRequest): Promise<void> {
        if (!holdsUnknown(request.args)) {
            this.context = await this.table.configure(request.args);
        }
    }

    public check(request: CheckRequest): Promise<CheckResponse> {
        const kind = this.kind(request.type);
        const inputs: PropertyMap = { ...request.news };
        const failures: CheckFailure[] = [];
        for (const key of Object.keys(inputs)) {
            if (!(key in kind.inputs) && !isInternal(key)) {
                failures.push({
                    property: key,
                    reason: unknownKey(request.type, key, Object.keys(kind.inputs), this.table),
                });
            }
        }
        this.fillName(request, kind, inputs);
        for (const [key, rule] of Object.entries(kind.inputs)) {
            if (inputs[key] === undefined && rule.default !== undefined) {
                inputs[key] = rule.default;
            }
            if (inputs[key] === undefined && rule.required) {
                failures.push({ property: key, reason: `${request.type} needs "${key}".` });
            }
        }
        const values = known(inputs);
        failures.push(...shapeFailures(kind.inputs, values), ...(kind.check?.(values) ?? []));
        return Promise.resolve({ inputs, failures });
    }

    public diff(request: DiffRequest): Promise<DiffResponse> {
        const kind = this.kind(request.type);
        const result: DiffResponse = { changes: "none", replaces: [], diffs: [], detailedDiff: {} };
        for (const [key, rule] of Object.entries(kind.inputs)) {
            const found = this.changed(key, rule, request);
            if (found.length > 0) {
                const replaces = rule.replaces === true || kind.update === undefined;
                result.changes = "some";
                result.diffs?.push(key);
                Object.assign(result.detailedDiff ?? {}, toDetailedDiff(found, replaces));
                if (replaces) {
                    result.replaces.push(key);
                }
            }
        }
        for (const key of kind.due?.(plain(request.olds), known(request.news)) ?? []) {
            result.changes = "some";
            result.diffs?.push(key);
            result.replaces.push(key);
            Object.assign(result.detailedDiff ?? {}, { [key]: { kind: "update-replace", inputDiff: false } });
        }
        const nameInput = kind.name?.input;
        result.deleteBeforeReplace =
            result.replaces.length > 0 && nameInput !== undefined && !result.replaces.includes(nameInput);
        return Promise.resolve(result);
    }

    public async create(request: CreateRequest): Promise<CreateResponse> {
        const kind = this.kind(request.type);
        if (request.preview) {
            const unknown = Object.fromEntries(kind.outputs.map((key) => [key, UNKNOWN]));
            return { id: "", properties: { ...unknown, ...this.withoutInternal(request.inputs) } };
        }
        const inputs = plain(this.withoutInternal(request.inputs));
        const { id, outputs } =
            (request.begun === undefined ? undefined : await this.goOn(kind, inputs, request.begun)) ??
            (await kind.create(inputs, this.ready()));
        return { id, properties: sealed({ ...inputs, ...outputs }, request.inputs, kind.secretOutputs ?? []) };
    }

    /** Goes on with a creation that an earlier run has begun; undefined: there is nothing to go on with. */
    private async goOn(
        kind: ResourceKind<C>,
        inputs: PlainMap,
        since: Date,
    ): Promise<{ id: string; outputs: PlainMap } | undefined> {
        const context = this.ready();
        await kind.abandon?.(inputs, context, since);
        const id = text(kind.name === undefined ? undefined : inputs[kind.name.input]);
        const found = isMadeSince(await kind.madeAt?.(id, context), since)
            ? await kind.read(id, {}, context)
            : undefined;
        return found === undefined
            ? undefined
            : { id, outputs: { ...found.outputs, ...(await kind.update?.(id, inputs, found.inputs, context)) } };
    }

    public async read(request: ReadRequest): Promise<ReadResponse> {
        const kind = this.kind(request.type);
        const observed = await kind.read(request.id, request.properties, this.ready());
        if (observed === undefined) {
            return { id: "", properties: {}, inputs: {} };
        }
        const imported = Object.keys(request.inputs).length === 0;
        const inputs: PropertyMap = {};
        for (const [key, rule] of Object.entries(kind.inputs)) {
            const was = request.inputs[key];
            const skipped = !imported && (rule.unreadable === true || (rule.computed === true && was === undefined));
            const is = skipped ? was : (observed.inputs[key] ?? rule.default);
            if (is !== undefined) {
                const unchanged = was !== undefined && (rule.same?.(was, is) ?? differences(key, was, is).length === 0);
                inputs[key] = unchanged ? was : is;
            }
        }
        const sealedInputs = sealed(inputs, request.inputs, []);
        const properties = { ...plain(inputs), ...observed.outputs };
        return {
            id: observed.id,
            properties: sealed(properties, { ...request.properties, ...sealedInputs }, kind.secretOutputs ?? []),
            inputs: sealedInputs,
        };
    }

    public async update(request: UpdateRequest): Promise<UpdateResponse> {
        const kind = this.kind(request.type);
        const news = this.withoutInternal(request.news);
        if (request.preview) {
            return { properties: { ...this.withoutInternal(request.olds), ...news } };
        }
        if (kind.update === undefined) {
            throw new ProviderError(`${request.type} can't be changed in place.`);
        }
        const inputs = plain(news);
        const outputs = await kind.update(request.id, inputs, plain(request.olds), this.ready());
        const kept = Object.fromEntries(
            kind.outputs.filter((key) => request.olds[key] !== undefined).map((key) => [key, request.olds[key] ?? ""]),
        );
        return { properties: sealed({ ...kept, ...inputs, ...outputs }, news, kind.secretOutputs ?? []) };
    }

    public async delete(request: DeleteRequest): Promise<void> {
        await this.kind(request.type).delete(request.id, plain(request.properties), this.ready());
    }

    public async invoke(request: InvokeRequest): Promise<InvokeResponse> {
        if (this.table.invoke === undefined) {
            throw this.notHere(`the function ${request.token}`);
        }
        return { result: await this.table.invoke(request.token, request.args, this.ready()), failures: [] };
    }

    public cancel(): Promise<void> {
        return Promise.resolve();
    }

    private kind(type: string): ResourceKind<C> {
        const kind = this.table.kinds[type];
        if (kind === undefined) {
            throw this.notHere(`the resource type ${type}`);
        }
        return kind;
    }

    private notHere(what: string): ProviderError {
        return new ProviderError(
            `The sandbox's stand-in for the plugin ${this.table.name} ${this.table.version} doesn't know ${what}. ` +
                `It knows: ${Object.keys(this.table.kinds).join(", ")}.`,
            "unimplemented",
        );
    }

    private ready(): C {
        if (this.context === undefined) {
            throw new ProviderError(
                `The provider ${this.table.name} isn't configured yet: a setting of it is known only after an update.`,
            );
        }
        return this.context;
    }

    private fillName(request: CheckRequest, kind: ResourceKind<C>, inputs: PropertyMap): void {
        const { input, unlessGiven } = kind.name ?? {};
        if (input === undefined || inputs[input] !== undefined) {
            return;
        }
        if (unlessGiven === undefined || inputs[unlessGiven] === undefined) {
            inputs[input] = request.olds[input] ?? automaticName(request, kind);
        }
    }

    private changed(key: string, rule: InputRule, { oldInputs, news }: DiffRequest): ReturnType<typeof differences> {
        if (rule.computed && news[key] === undefined) {
            return [];
        }
        const before = oldInputs[key] ?? rule.default;
        const after = news[key] ?? rule.default;
        const same = before !== undefined && after !== undefined && rule.same?.(before, after) === true;
        return same ? [] : differences(key, before, after);
    }

    private withoutInternal(map: PropertyMap): PropertyMap {
        return Object.fromEntries(Object.entries(map).filter(([key]) => !isInternal(key)));
    }
}
