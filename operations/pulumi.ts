import * as fs from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { type PulumiCli, runInForeground, runOrFail } from "../cli/pulumi";

const configSchema = z.record(z.string(), z.object({ value: z.string().optional() }));

/** The Pulumi CLI on PATH, on one stack of the project. */
export class Pulumi {
    private readonly cli: PulumiCli = { program: "pulumi", env: process.env };
    private readonly selection: readonly string[];

    /** @param stack the selected one where absent */
    constructor(stack: string | undefined) {
        this.selection = stack === undefined ? [] : ["--stack", stack];
    }

    /** Runs a command quietly. @throws UserError with what the CLI said, when it fails */
    output(...args: string[]): Promise<string> {
        return runOrFail(this.cli, [...args, ...this.selection]);
    }

    /** Runs a command where the user sees it. @returns the exit code */
    show(...args: string[]): Promise<number> {
        return runInForeground(this.cli, [...args, ...this.selection]);
    }

    /** The cluster that the stack is deployed to: that of its settings, else the user's current one. */
    async cluster(): Promise<KubeConfig> {
        const config = configSchema.parse(JSON.parse(await this.output("config", "--json", "--show-secrets")));
        const kubeconfig = config["kubernetes:kubeconfig"]?.value;
        const context = config["kubernetes:context"]?.value;
        const loaded = new KubeConfig();
        if (kubeconfig === undefined) {
            loaded.loadFromDefault();
        } else if (fs.existsSync(kubeconfig)) {
            loaded.loadFromFile(kubeconfig);
        } else {
            loaded.loadFromString(kubeconfig);
        }
        if (context !== undefined) {
            loaded.setCurrentContext(context);
        }
        return loaded;
    }
}
