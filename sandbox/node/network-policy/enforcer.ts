import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { text } from "node:stream/consumers";
import { Attachments } from "./attachments";
import type { Attachment } from "./attachments";
import { networkedPods } from "./pods";
import type { ClusterState } from "./pods";
import { ruleset } from "./ruleset";
import type { NodeOptions } from "./ruleset";

/** Inputs of {@link Enforcer}. */
export interface EnforcerArgs {
    readonly node: NodeOptions;
    /** Absolute path of the program `nft`. */
    readonly nft: string;
    /** The cluster as last seen. */
    readonly state: () => Omit<ClusterState, "attached">;
    /** Asks for a call of {@link Enforcer.enforce} soon. */
    readonly trigger: () => void;
}

/** Keeps the node's nftables table as the cluster's NetworkPolicies say. */
export class Enforcer {
    private readonly attachments = new Attachments();
    private readonly progress = new EventEmitter().setMaxListeners(0);
    private inForce: string | undefined;
    private covered: ReadonlyMap<string, string> = new Map<string, string>();

    constructor(private readonly args: EnforcerArgs) {}

    /** Whether the table is what the last call of {@link enforce} wanted. */
    get current(): boolean {
        return this.inForce !== undefined;
    }

    /** Replaces the table when it would change. */
    async enforce(): Promise<void> {
        const state = { ...this.args.state(), attached: this.attachments.byPod() };
        const wanted = ruleset(state, this.args.node);
        if (wanted !== this.inForce) {
            this.inForce = undefined;
            await apply(this.args.nft, wanted);
            this.inForce = wanted;
        }
        this.covered = new Map(networkedPods(state).map(({ uid, address }) => [uid, address]));
        this.progress.emit("enforced");
    }

    /**
     * A pod got an address and waits to be started.
     * @returns when the policies that select it are in force
     * @throws when they aren't before the signal aborts
     */
    async attach(container: string, attachment: Attachment, signal: AbortSignal): Promise<void> {
        this.attachments.add(container, attachment);
        this.args.trigger();
        while (this.covered.get(attachment.uid) !== attachment.address) {
            await once(this.progress, "enforced", { signal });
        }
    }

    /** A pod's sandbox has gone. */
    detach(container: string): void {
        this.attachments.remove(container);
        this.args.trigger();
    }
}

/** Loads a script with nft: all of it or nothing. */
async function apply(nft: string, script: string): Promise<void> {
    const child = spawn(nft, ["--file", "-"], { stdio: ["pipe", "ignore", "pipe"] });
    const exited = once(child, "exit") as Promise<[number | null]>;
    // An nft that ends early breaks the pipe; what it said about that is the better message.
    child.stdin.on("error", () => undefined);
    child.stdin.end(script);
    const [[code], complaint] = await Promise.all([exited, text(child.stderr)]);
    if (code !== 0) {
        throw new Error(`nft refuses the ruleset: ${complaint.trim()}`);
    }
}
