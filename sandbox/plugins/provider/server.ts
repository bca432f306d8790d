import { flushCompileCache } from "node:module";
import {
    type handleUnaryCall,
    Server,
    ServerCredentials,
    type ServerUnaryCall,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { connectToEngine, engineAddress } from "./engine-host";
import { toServiceError } from "./errors";
import { begunEarlier, noteBegun } from "./journal";
import { once } from "./once";
import {
    type CheckFailure,
    type CheckResponse,
    type DiffRequest,
    type DiffResponse,
    type EngineHost,
    type PropertyDiffKind,
    ProviderError,
    type ProviderPlugin,
    type ResourceProvider,
} from "./types";
import { decodeProperties, encodeProperties } from "./wire";

/** Plugins get large objects: a CustomResourceDefinition alone may pass gRPC's default of 4 MiB. The engine's own limit. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** How often a plugin looks whether its engine still lives: one that was killed can't tell. */
const ORPHAN_CHECK_MS = 1000;

const diffKinds: Record<PropertyDiffKind, rpc.PropertyDiff.Kind> = {
    add: rpc.PropertyDiff.Kind.ADD,
    "add-replace": rpc.PropertyDiff.Kind.ADD_REPLACE,
    delete: rpc.PropertyDiff.Kind.DELETE,
    "delete-replace": rpc.PropertyDiff.Kind.DELETE_REPLACE,
    update: rpc.PropertyDiff.Kind.UPDATE,
    "update-replace": rpc.PropertyDiff.Kind.UPDATE_REPLACE,
};

const diffChanges: Record<DiffResponse["changes"], rpc.DiffResponse.DiffChanges> = {
    unknown: rpc.DiffResponse.DiffChanges.DIFF_UNKNOWN,
    none: rpc.DiffResponse.DiffChanges.DIFF_NONE,
    some: rpc.DiffResponse.DiffChanges.DIFF_SOME,
};

function encodeFailures(failures: CheckFailure[]): rpc.CheckFailure[] {
    return failures.map(({ property, reason }) => {
        const failure = new rpc.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        return failure;
    });
}

function encodeCheck(checked: CheckResponse): rpc.CheckResponse {
    const response = new rpc.CheckResponse();
    response.setInputs(encodeProperties(checked.inputs));
    response.setFailuresList(encodeFailures(checked.failures));
    return response;
}

/** What a resource was and is to be: all of a comparison, and what an update starts from. */
function decodeChange(request: rpc.DiffRequest | rpc.UpdateRequest): DiffRequest {
    // Not every plugin looks at them, and they may be large.
    const oldInputs = once(() => decodeProperties(request.getOldInputs()));
    return {
        id: request.getId(),
        urn: request.getUrn(),
        ...identity(request),
        olds: decodeProperties(request.getOlds()),
        get oldInputs() {
            return oldInputs();
        },
        news: decodeProperties(request.getNews()),
        ignoreChanges: request.getIgnorechangesList(),
    };
}

function encodeDiff(diff: DiffResponse): rpc.DiffResponse {
    const response = new rpc.DiffResponse();
    response.setChanges(diffChanges[diff.changes]);
    response.setReplacesList(diff.replaces);
    response.setStablesList(diff.stables ?? []);
    response.setDiffsList(diff.diffs ?? []);
    response.setDeletebeforereplace(diff.deleteBeforeReplace ?? false);
    if (diff.detailedDiff !== undefined) {
        response.setHasdetaileddiff(true);
        for (const [path, { kind, inputDiff }] of Object.entries(diff.detailedDiff)) {
            const property = new rpc.PropertyDiff();
            property.setKind(diffKinds[kind]);
            property.setInputdiff(inputDiff);
            response.getDetaileddiffMap().set(path, property);
        }
    }
    return response;
}

/** Type and name of the resource; an engine that doesn't send them has them in the URN. */
function identity(request: { getUrn(): string; getType(): string; getName(): string }): { type: string; name: string } {
    const parts = request.getUrn().split("::");
    return {
        type: request.getType() || (parts[2]?.split("$").at(-1) ?? ""),
        name: request.getName() || parts.slice(3).join("::"),
    };
}

function unary<Q, R>(host: EngineHost, answer: (request: Q) => Promise<R>): handleUnaryCall<Q, R> {
    return (call: ServerUnaryCall<Q, R>, callback) => {
        answer(call.request).then(
            (response) => {
                callback(null, response);
            },
            (error: unknown) => {
                if (error instanceof Error) {
                    host.log("debug", error.stack ?? error.message);
                }
                callback(toServiceError(error));
            },
        );
    };
}

function configHandlers(provider: ResourceProvider, host: EngineHost): UntypedServiceImplementation {
    return {
        checkConfig: unary(host, async (request: rpc.CheckRequest) =>
            encodeCheck(
                await provider.checkConfig({
                    urn: request.getUrn(),
                    olds: decodeProperties(request.getOlds()),
                    news: decodeProperties(request.getNews()),
                }),
            ),
        ),
        diffConfig: unary(host, async (request: rpc.DiffRequest) =>
            encodeDiff(await provider.diffConfig(decodeChange(request))),
        ),
        configure: unary(host, async (request: rpc.ConfigureRequest) => {
            await provider.configure({
                args: decodeProperties(request.getArgs()),
                variables: Object.fromEntries(request.getVariablesMap().toArray()),
            });
            const response = new rpc.ConfigureResponse();
            response.setAcceptsecrets(true);
            response.setSupportspreview(provider.supportsPreview);
            return response;
        }),
    };
}

function stateHandlers(provider: ResourceProvider, host: EngineHost): UntypedServiceImplementation {
    return {
        check: unary(host, async (request: rpc.CheckRequest) =>
            encodeCheck(
                await provider.check({
                    urn: request.getUrn(),
                    ...identity(request),
                    olds: decodeProperties(request.getOlds()),
                    news: decodeProperties(request.getNews()),
                    randomSeed: request.getRandomseed_asU8(),
                }),
            ),
        ),
        diff: unary(host, async (request: rpc.DiffRequest) => encodeDiff(await provider.diff(decodeChange(request)))),
        read: unary(host, async (request: rpc.ReadRequest) => {
            const read = await provider.read({
                id: request.getId(),
                urn: request.getUrn(),
                ...identity(request),
                properties: decodeProperties(request.getProperties()),
                inputs: decodeProperties(request.getInputs()),
            });
            const response = new rpc.ReadResponse();
            // The engine takes absent properties, not empty ones, for a resource that is gone.
            if (read.id !== "") {
                response.setId(read.id);
                response.setProperties(encodeProperties(read.properties));
                response.setInputs(encodeProperties(read.inputs));
            }
            return response;
        }),
    };
}

function changeHandlers(provider: ResourceProvider, host: EngineHost): UntypedServiceImplementation {
    return {
        create: unary(host, async (request: rpc.CreateRequest) => {
            const urn = request.getUrn();
            const begun = request.getPreview() ? undefined : begunEarlier(urn);
            if (!request.getPreview()) {
                noteBegun("create", urn);
            }
            const created = await provider.create({
                urn,
                ...identity(request),
                inputs: decodeProperties(request.getProperties()),
                timeout: request.getTimeout(),
                preview: request.getPreview(),
                ...(begun === undefined ? {} : { begun }),
            });
            const response = new rpc.CreateResponse();
            response.setId(created.id);
            response.setProperties(encodeProperties(created.properties));
            return response;
        }),
        update: unary(host, async (request: rpc.UpdateRequest) => {
            const updated = await provider.update({
                ...decodeChange(request),
                timeout: request.getTimeout(),
                preview: request.getPreview(),
            });
            const response = new rpc.UpdateResponse();
            response.setProperties(encodeProperties(updated.properties));
            return response;
        }),
        delete: unary(host, async (request: rpc.DeleteRequest) => {
            noteBegun("delete", request.getUrn());
            await provider.delete({
                id: request.getId(),
                urn: request.getUrn(),
                ...identity(request),
                properties: decodeProperties(request.getProperties()),
                oldInputs: decodeProperties(request.getOldInputs()),
                timeout: request.getTimeout(),
            });
            return new Empty();
        }),
        invoke: unary(host, async (request: rpc.InvokeRequest) => {
            const invoked = await provider.invoke({
                token: request.getTok(),
                args: decodeProperties(request.getArgs()),
            });
            const response = new rpc.InvokeResponse();
            response.setReturn(encodeProperties(invoked.result));
            response.setFailuresList(encodeFailures(invoked.failures));
            return response;
        }),
    };
}

function pluginHandlers(
    plugin: ProviderPlugin,
    provider: ResourceProvider,
    host: EngineHost,
): UntypedServiceImplementation {
    return {
        getPluginInfo: unary(host, () => {
            const info = new PluginInfo();
            info.setVersion(plugin.version);
            return Promise.resolve(info);
        }),
        getSchema: unary(host, async () => {
            if (provider.getSchema === undefined) {
                throw new ProviderError(`The sandbox's plugin ${plugin.name} carries no schema.`, "unimplemented");
            }
            const response = new rpc.GetSchemaResponse();
            response.setSchema(await provider.getSchema());
            return response;
        }),
        cancel: unary(host, async () => {
            await provider.cancel();
            return new Empty();
        }),
        attach: unary(host, () => Promise.resolve(new Empty())),
        construct: unary(host, (request: rpc.ConstructRequest) =>
            Promise.reject<rpc.ConstructResponse>(
                new ProviderError(
                    `${request.getType()} is a component of the plugin ${plugin.name}; the sandbox's stand-in has none.`,
                    "unimplemented",
                ),
            ),
        ),
    };
}

/** The gRPC service of one plugin, not yet bound to a port. */
export function createServer(plugin: ProviderPlugin, host: EngineHost): Server {
    const provider = plugin.create(host);
    const server = new Server({
        "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
        "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    });
    server.addService(ResourceProviderService, {
        ...pluginHandlers(plugin, provider, host),
        ...configHandlers(provider, host),
        ...stateHandlers(provider, host),
        ...changeHandlers(provider, host),
    });
    return server;
}

/** Binds to a free loopback port and returns it. */
export function listen(server: Server): Promise<number> {
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
            if (error === null) {
                resolve(port);
            } else {
                reject(error);
            }
        });
    });
}

/** Tells the engine where this process listens. */
export function announce(port: number): void {
    process.stdout.write(`${port}\n`);
    // Node does this when it exits, which the engine doesn't wait for.
    flushCompileCache();
}

/** Ends this process when the one that started it is gone. */
export function exitWithParent(cleanUp: () => void = () => undefined): void {
    const parent = process.ppid;
    setInterval(() => {
        if (process.ppid !== parent) {
            cleanUp();
            process.exit(1);
        }
    }, ORPHAN_CHECK_MS).unref();
}

/**
 * Runs a plugin as the engine expects it: the port is the first line on stdout, and the process lives until the engine ends it.
 */
export async function serve(plugin: ProviderPlugin): Promise<void> {
    const server = createServer(plugin, connectToEngine(engineAddress(process.argv)));
    const port = await listen(server);
    exitWithParent();
    announce(port);
}
