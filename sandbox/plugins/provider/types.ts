/**
 * The line between the provider server (gRPC, engine protocol) and one resource provider. The server decodes what the
 * engine sends into these types and encodes what comes back; a provider never sees a protobuf message.
 */

/** A value that isn't known yet (preview); on the wire the sentinel {@link UNKNOWN_SENTINEL}. Compare with `===`. */
export class Unknown {
    public readonly kind = "unknown";
}

/** The one unknown value. */
export const UNKNOWN = new Unknown();

/** What stands for an unknown on the wire: `plugin.UnknownStringValue` of the engine. */
export const UNKNOWN_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Key that marks a special object on the wire: `resource.SigKey` of the engine. */
export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";

/** Value of {@link SIGNATURE_KEY} in a secret: `resource.SecretSig` of the engine. */
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** A value that the engine encrypts in the state and hides on the screen. */
export class Secret {
    public constructor(public readonly value: PropertyValue) {}
    /** So that no log line shows it by accident. */
    public toString(): string {
        return "[secret]";
    }
    public toJSON(): string {
        return "[secret]";
    }
}

/** One property: JSON, and what JSON has no words for. Assets and archives stay as the objects that the wire has. */
export type PropertyValue = null | boolean | number | string | Unknown | Secret | PropertyValue[] | PropertyMap;

/** Properties of one resource. A key without a value is absent, never `undefined`. */
export interface PropertyMap {
    [key: string]: PropertyValue;
}

/** One input that is refused; shown by the engine as a message at the resource. */
export interface CheckFailure {
    /** Path of the property; empty: the resource as a whole. */
    property: string;
    reason: string;
}

export interface CheckConfigRequest {
    urn: string;
    olds: PropertyMap;
    news: PropertyMap;
}

export interface CheckRequest {
    urn: string;
    /** Type token, such as `kubernetes:core/v1:ConfigMap`. */
    type: string;
    /** Logical name, the last part of the URN. */
    name: string;
    /** Inputs of last time; empty for a new resource. */
    olds: PropertyMap;
    news: PropertyMap;
    /** Seed for random names, the same in preview and update; empty where the engine sends none. */
    randomSeed: Uint8Array;
}

export interface CheckResponse {
    inputs: PropertyMap;
    failures: CheckFailure[];
}

export interface DiffRequest {
    /** Empty for the provider's own configuration. */
    id: string;
    urn: string;
    type: string;
    name: string;
    /** The old state (outputs). */
    olds: PropertyMap;
    oldInputs: PropertyMap;
    /** The checked new inputs. */
    news: PropertyMap;
    ignoreChanges: string[];
}

export type PropertyDiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface PropertyDiff {
    kind: PropertyDiffKind;
    /** True when the path is one of the inputs, not of the outputs. */
    inputDiff: boolean;
}

export interface DiffResponse {
    changes: "unknown" | "none" | "some";
    /** Properties whose change needs a replacement. */
    replaces: string[];
    /** Properties that never change over an update. */
    stables?: string[];
    /** Top-level properties that changed. */
    diffs?: string[];
    deleteBeforeReplace?: boolean;
    /** By property path, such as `spec.template.spec.containers[0].image`. Absent: the engine works it out itself. */
    detailedDiff?: Record<string, PropertyDiff>;
}

export interface ConfigureRequest {
    /** The provider's checked inputs. */
    args: PropertyMap;
    /** The same as the engine's flat variables, for a provider that has only these. */
    variables: Record<string, string>;
}

export interface CreateRequest {
    urn: string;
    type: string;
    name: string;
    inputs: PropertyMap;
    /** Seconds from the resource's `customTimeouts`; 0: the provider's default. */
    timeout: number;
    /** True in a preview: nothing may be changed. Only seen by a provider with `supportsPreview`. */
    preview: boolean;
    /** When an earlier run began the same creation and nobody learned how that ended: what it left is gone on with. */
    begun?: Date;
}

export interface CreateResponse {
    /** Empty in a preview. */
    id: string;
    properties: PropertyMap;
}

export interface ReadRequest {
    id: string;
    urn: string;
    type: string;
    name: string;
    /** Old state; empty when the resource is imported. */
    properties: PropertyMap;
    /** Old inputs; empty when the resource is imported. */
    inputs: PropertyMap;
}

export interface ReadResponse {
    /** Empty: the resource is gone. */
    id: string;
    properties: PropertyMap;
    inputs: PropertyMap;
}

export interface UpdateRequest {
    id: string;
    urn: string;
    type: string;
    name: string;
    olds: PropertyMap;
    oldInputs: PropertyMap;
    news: PropertyMap;
    ignoreChanges: string[];
    /** Seconds; 0: the provider's default. */
    timeout: number;
    preview: boolean;
}

export interface UpdateResponse {
    properties: PropertyMap;
}

export interface DeleteRequest {
    id: string;
    urn: string;
    type: string;
    name: string;
    /** Last known state. */
    properties: PropertyMap;
    oldInputs: PropertyMap;
    /** Seconds; 0: the provider's default. */
    timeout: number;
}

export interface InvokeRequest {
    token: string;
    args: PropertyMap;
}

export interface InvokeResponse {
    result: PropertyMap;
    failures: CheckFailure[];
}

/** What a plugin has to implement. Every method may throw {@link ProviderError} or {@link PartialFailure}. */
export interface ResourceProvider {
    /** Announced in `configure`: does the engine call create and update in previews? */
    readonly supportsPreview: boolean;
    checkConfig(request: CheckConfigRequest): Promise<CheckResponse>;
    diffConfig(request: DiffRequest): Promise<DiffResponse>;
    configure(request: ConfigureRequest): Promise<void>;
    check(request: CheckRequest): Promise<CheckResponse>;
    diff(request: DiffRequest): Promise<DiffResponse>;
    create(request: CreateRequest): Promise<CreateResponse>;
    read(request: ReadRequest): Promise<ReadResponse>;
    update(request: UpdateRequest): Promise<UpdateResponse>;
    delete(request: DeleteRequest): Promise<void>;
    invoke(request: InvokeRequest): Promise<InvokeResponse>;
    /** Ctrl-C: end waits soon, leave what was begun in a state that is told. */
    cancel(): Promise<void>;
    /** The package's schema as JSON; absent: unimplemented. */
    getSchema?(): Promise<string>;
}

export type ProviderErrorCode = "invalid-argument" | "not-found" | "unimplemented" | "unavailable" | "unknown";

/** An error for the user: its message is shown at the resource, without a stack trace. */
export class ProviderError extends Error {
    public override readonly name = "ProviderError";
    public constructor(
        message: string,
        /** gRPC status that the server sends. */
        public readonly code: ProviderErrorCode = "unknown",
    ) {
        super(message);
    }
}

/**
 * The resource exists but isn't well (never became ready, half updated). The engine keeps `id` and `properties` in the
 * state and shows the reasons. On the wire: status UNKNOWN with the detail `pulumirpc.ErrorResourceInitFailed`.
 */
export class PartialFailure extends Error {
    public override readonly name = "PartialFailure";
    public constructor(
        message: string,
        public readonly id: string,
        public readonly properties: PropertyMap,
        public readonly inputs: PropertyMap,
        public readonly reasons: string[],
    ) {
        super(message);
    }
}

export type LogSeverity = "debug" | "info" | "warning" | "error";

/** The engine, as a provider sees it. */
export interface EngineHost {
    /**
     * One line on the user's screen. Failures to send are swallowed: a log line never fails a resource.
     * @param urn the resource that it is about
     * @param ephemeral shown in the status column only, and soon replaced
     */
    log(severity: LogSeverity, message: string, urn?: string, ephemeral?: boolean): void;
}

/** A plugin: what `serve(plugin)` in `server.ts` starts. */
export interface ProviderPlugin {
    /** Package name, such as `kubernetes`. */
    name: string;
    /** Version of the npm SDK that it stands in for. */
    version: string;
    create(host: EngineHost): ResourceProvider;
}
