import {
    type handleUnaryCall,
    Metadata,
    Server,
    type ServerWritableStream,
    status,
    type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { programDependencies, requiredPlugins } from "./packages";
import { commandLine, environment, nodeFor, parseOptions, type ProgramRun, runnerFor } from "./program";

/** The SDK's runner ends with it when it has already shown the error (`cmd/run/index.js`): nothing is left to say. */
const EXIT_ERROR_SHOWN = 32;

/** Version that the host reports of itself. */
export const HOST_VERSION = "0.1.0";

function unary<Q, R>(answer: (request: Q) => R | Promise<R>): handleUnaryCall<Q, R> {
    return (call, callback) => {
        Promise.resolve(call.request)
            .then(answer)
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    const details = error instanceof Error ? error.message : String(error);
                    callback({ code: status.UNKNOWN, details, metadata: new Metadata() });
                },
            );
    };
}

function programDirectory(request: { getInfo(): rpc.ProgramInfo | undefined }): string {
    return request.getInfo()?.getProgramDirectory() ?? process.cwd();
}

function toRun(request: rpc.RunRequest, engine: string): ProgramRun {
    const info = request.getInfo();
    return {
        monitor: request.getMonitorAddress(),
        engine,
        organization: request.getOrganization(),
        project: request.getProject(),
        stack: request.getStack(),
        rootDirectory: info?.getRootDirectory() ?? request.getPwd(),
        directory: request.getPwd(),
        entryPoint: info?.getEntryPoint() ?? ".",
        parallel: request.getParallel(),
        dryRun: request.getDryrun(),
        config: Object.fromEntries(request.getConfigMap().toArray()),
        secretKeys: request.getConfigsecretkeysList(),
        arguments: request.getArgsList(),
        options: parseOptions(info?.getOptions()?.toJavaScript() ?? {}),
    };
}

/** Runs Node programs for the engine. */
export class LanguageHost {
    private readonly programs = new Set<ChildProcess>();

    /** @param engine the engine's address, the host's first argument */
    public constructor(private readonly engine: string) {}

    public createServer(): Server {
        const server = new Server();
        server.addService(LanguageRuntimeService, { ...this.packageHandlers(), ...this.programHandlers() });
        return server;
    }

    /** Ends every program that runs. */
    public stop(): void {
        for (const program of this.programs) {
            program.kill("SIGTERM");
        }
    }

    private packageHandlers(): UntypedServiceImplementation {
        return {
            getRequiredPackages: unary((request: rpc.GetRequiredPackagesRequest) => {
                const response = new rpc.GetRequiredPackagesResponse();
                for (const plugin of requiredPlugins(programDirectory(request))) {
                    const dependency = new PackageDependency();
                    dependency.setKind("resource");
                    dependency.setName(plugin.name);
                    dependency.setVersion(plugin.version);
                    dependency.setServer(plugin.server ?? "");
                    response.addPackages(dependency);
                }
                return response;
            }),
            getRequiredPlugins: unary((request: rpc.GetRequiredPluginsRequest) => {
                const response = new rpc.GetRequiredPluginsResponse();
                for (const plugin of requiredPlugins(programDirectory(request))) {
                    const dependency = new PluginDependency();
                    dependency.setKind("resource");
                    dependency.setName(plugin.name);
                    dependency.setVersion(plugin.version);
                    response.addPlugins(dependency);
                }
                return response;
            }),
            getProgramDependencies: unary((request: rpc.GetProgramDependenciesRequest) => {
                const response = new rpc.GetProgramDependenciesResponse();
                for (const { name, version } of programDependencies(programDirectory(request))) {
                    const dependency = new rpc.DependencyInfo();
                    dependency.setName(name);
                    dependency.setVersion(version);
                    response.addDependencies(dependency);
                }
                return response;
            }),
            installDependencies: (
                call: ServerWritableStream<rpc.InstallDependenciesRequest, rpc.InstallDependenciesResponse>,
            ) => {
                const npm = spawn("npm", ["ci"], { cwd: call.request.getDirectory(), stdio: "inherit" });
                npm.once("error", (error) => call.destroy(error));
                npm.once("close", (code) => {
                    if (code === 0) {
                        call.end();
                    } else {
                        call.destroy(new Error(`"npm ci" ended with code ${code ?? "none"}.`));
                    }
                });
            },
        };
    }

    private programHandlers(): UntypedServiceImplementation {
        return {
            getPluginInfo: unary(() => {
                const info = new PluginInfo();
                info.setVersion(HOST_VERSION);
                return info;
            }),
            about: unary(async (request: rpc.AboutRequest) => {
                const response = new rpc.AboutResponse();
                const node = nodeFor(programDirectory(request));
                response.setExecutable(node);
                response.setVersion((await promisify(execFile)(node, ["--version"])).stdout.trim());
                return response;
            }),
            runtimeOptionsPrompts: unary(() => new rpc.RuntimeOptionsResponse()),
            run: unary((request: rpc.RunRequest) => this.run(toRun(request, this.engine))),
            cancel: unary(() => {
                this.stop();
                return new Empty();
            }),
        };
    }

    private run(run: ProgramRun): Promise<rpc.RunResponse> {
        const response = new rpc.RunResponse();
        const program = spawn(nodeFor(run.directory), commandLine(run, runnerFor(run.directory)), {
            cwd: run.directory,
            env: environment(run, process.env),
            // The engine reads this host's own output: the program writes right into it.
            stdio: ["ignore", "inherit", "inherit"],
        });
        this.programs.add(program);
        return new Promise((resolve) => {
            program.once("error", (error) => {
                response.setError(`The program could not be started: ${error.message}`);
            });
            program.once("close", (code, signal) => {
                this.programs.delete(program);
                if (code === EXIT_ERROR_SHOWN) {
                    response.setBail(true);
                } else if (code !== 0 && response.getError() === "") {
                    response.setError(
                        signal === null
                            ? `The program ended with code ${code ?? "none"}.`
                            : `The program was ended by ${signal}.`,
                    );
                }
                resolve(response);
            });
        });
    }
}
