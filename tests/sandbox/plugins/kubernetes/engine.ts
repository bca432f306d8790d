import { randomBytes } from "node:crypto";
import { kubernetesPlugin } from "../../../../sandbox/plugins/kubernetes/plugin";
import type {
    CreateResponse,
    DiffResponse,
    PropertyMap,
    ReadResponse,
    ResourceProvider,
} from "../../../../sandbox/plugins/provider/types";
import { adminKubeconfig } from "../../../../sandbox/platform";

/** One resource as the engine's state has it. */
export interface Resource {
    urn: string;
    type: string;
    name: string;
    id: string;
    inputs: PropertyMap;
    state: PropertyMap;
}

/** One line that the plugin said. */
export interface Line {
    severity: string;
    message: string;
    ephemeral: boolean;
}

const identity = (type: string, name: string): Pick<Resource, "urn" | "type" | "name"> => ({
    urn: `urn:pulumi:test::perch::${type}::${name}`,
    type,
    name,
});

/** The steps that the engine takes, in its order, without the engine. */
export class TestEngine {
    public readonly lines: Line[] = [];
    public readonly provider: ResourceProvider;

    private constructor() {
        this.provider = kubernetesPlugin.create({
            log: (severity, message, _urn, ephemeral = false) => {
                this.lines.push({ severity, message, ephemeral });
            },
        });
    }

    /** A provider on the platform of the tests. */
    public static async start(args: PropertyMap = {}): Promise<TestEngine> {
        const engine = new TestEngine();
        await engine.provider.configure({ args: { kubeconfig: adminKubeconfig, ...args }, variables: {} });
        return engine;
    }

    public async check(type: string, name: string, inputs: PropertyMap, olds: PropertyMap = {}): Promise<PropertyMap> {
        const request = { ...identity(type, name), olds, news: inputs, randomSeed: randomBytes(32) };
        const checked = await this.provider.check(request);
        if (checked.failures.length > 0) {
            throw new Error(checked.failures.map(({ reason }) => reason).join("; "));
        }
        return checked.inputs;
    }

    /** Check and a preview of the create. */
    public async preview(type: string, name: string, inputs: PropertyMap): Promise<CreateResponse> {
        const checked = await this.check(type, name, inputs);
        return this.provider.create({ ...identity(type, name), inputs: checked, timeout: 0, preview: true });
    }

    /** @param begun when an earlier run began the same creation, where one did */
    public async create(
        type: string,
        name: string,
        inputs: PropertyMap,
        timeout = 60,
        begun?: Date,
    ): Promise<Resource> {
        const checked = await this.check(type, name, inputs);
        const created = await this.provider.create({
            ...identity(type, name),
            inputs: checked,
            timeout,
            preview: false,
            ...(begun === undefined ? {} : { begun }),
        });
        return { ...identity(type, name), id: created.id, inputs: checked, state: created.properties };
    }

    public async diff(old: Resource, inputs: PropertyMap, ignoreChanges: string[] = []): Promise<DiffResponse> {
        const news = await this.check(old.type, old.name, inputs, old.inputs);
        return this.provider.diff({ ...old, olds: old.state, oldInputs: old.inputs, news, ignoreChanges });
    }

    public async update(
        old: Resource,
        inputs: PropertyMap,
        { timeout = 60, preview = false, ignoreChanges = [] as string[] } = {},
    ): Promise<Resource> {
        const news = await this.check(old.type, old.name, inputs, old.inputs);
        const { properties } = await this.provider.update({
            ...old,
            olds: old.state,
            oldInputs: old.inputs,
            news,
            ignoreChanges,
            timeout,
            preview,
        });
        return { ...old, inputs: news, state: properties };
    }

    public read(old: Pick<Resource, "type" | "name" | "id"> & Partial<Resource>): Promise<ReadResponse> {
        const { urn } = identity(old.type, old.name);
        return this.provider.read({ ...old, urn, properties: old.state ?? {}, inputs: old.inputs ?? {} });
    }

    public async refresh(old: Resource): Promise<Resource> {
        const { properties, inputs } = await this.read(old);
        return { ...old, state: properties, inputs };
    }

    public async delete(old: Resource, timeout = 60): Promise<void> {
        await this.provider.delete({ ...old, properties: old.state, oldInputs: old.inputs, timeout });
    }

    /** What was said for the user to keep, such as warnings. */
    public said(severity: string): string[] {
        return this.lines.filter((line) => line.severity === severity && !line.ephemeral).map(({ message }) => message);
    }
}
