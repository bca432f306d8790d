import { version } from "@pulumi/kubernetes/package.json";
import {
    type CheckConfigRequest,
    type CheckRequest,
    type CheckResponse,
    type ConfigureRequest,
    type CreateRequest,
    type CreateResponse,
    type DeleteRequest,
    type DiffRequest,
    type DiffResponse,
    type EngineHost,
    type InvokeRequest,
    type InvokeResponse,
    ProviderError,
    type ProviderPlugin,
    type ReadRequest,
    type ReadResponse,
    type ResourceProvider,
    type UpdateRequest,
    type UpdateResponse,
} from "../provider/types";
import { check } from "./check";
import { create } from "./create";
import { remove } from "./delete";
import { diff } from "./diff";
import { read } from "./read";
import { Session } from "./session";
import { checkConfig, diffConfig, readSettings } from "./settings";
import { update } from "./update";

/** Stand-in for `pulumi-resource-kubernetes`; README.md says what it can do. */
class KubernetesProvider implements ResourceProvider {
    public readonly supportsPreview = true;
    private session: Session | undefined;

    public constructor(private readonly host: EngineHost) {}

    public checkConfig(request: CheckConfigRequest): Promise<CheckResponse> {
        return Promise.resolve(checkConfig(request));
    }

    public diffConfig(request: DiffRequest): Promise<DiffResponse> {
        return Promise.resolve(diffConfig(request));
    }

    public async configure({ args }: ConfigureRequest): Promise<void> {
        this.session?.close();
        this.session = await Session.open(readSettings(args), this.host);
    }

    public check(request: CheckRequest): Promise<CheckResponse> {
        return check(this.configured(), request);
    }

    public diff(request: DiffRequest): Promise<DiffResponse> {
        return diff(this.configured(), request);
    }

    public create(request: CreateRequest): Promise<CreateResponse> {
        return create(this.configured(), request);
    }

    public read(request: ReadRequest): Promise<ReadResponse> {
        return read(this.configured(), request);
    }

    public update(request: UpdateRequest): Promise<UpdateResponse> {
        return update(this.configured(), request);
    }

    public delete(request: DeleteRequest): Promise<void> {
        return remove(this.configured(), request);
    }

    public invoke({ token }: InvokeRequest): Promise<InvokeResponse> {
        return Promise.reject(
            new ProviderError(
                `${token} isn't part of the sandbox's stand-in for the Kubernetes plugin: it knows typed resources only.`,
                "unimplemented",
            ),
        );
    }

    public cancel(): Promise<void> {
        this.session?.cancel();
        return Promise.resolve();
    }

    private configured(): Session {
        if (this.session === undefined) {
            throw new ProviderError("the Kubernetes provider was asked before it was configured");
        }
        return this.session;
    }
}

export const kubernetesPlugin: ProviderPlugin = {
    name: "kubernetes",
    version,
    create: (host) => new KubernetesProvider(host),
};
