import * as fs from "node:fs";
import { z } from "zod";
import { readJsonIfValid, writePrivateFile } from "../processes";
import {
    clearJournal,
    type JournalEntry,
    journalVariable,
    readBegun,
    readLost,
    settleJournal,
} from "../plugins/provider/journal";
import { type PulumiCli, runInForeground, runOrFail } from "../../cli/pulumi";
import { engineFiles } from "./home";
import { keepingState, keepState, mendState } from "./state";

const resourceSchema = z.looseObject({
    urn: z.string(),
    type: z.string(),
    inputs: z.record(z.string(), z.unknown()).default({}),
});

/** A resource of the state. One that a change deletes before it makes it anew stays there in between, marked. */
const knownSchema = z.looseObject({
    urn: z.string(),
    /** Absent where the engine didn't make it. */
    created: z.string().optional(),
    pendingReplacement: z.boolean().optional(),
});

const checkpointSchema = z.looseObject({
    deployment: z.looseObject({
        resources: z.array(knownSchema).default([]),
        pending_operations: z.array(z.object({ type: z.string(), resource: resourceSchema })).default([]),
    }),
});

type KnownResource = z.output<typeof knownSchema>;

/** The state of a stack as `pulumi stack export` writes it. */
export type Checkpoint = z.output<typeof checkpointSchema>;

function textAt(inputs: Record<string, unknown>, ...keys: string[]): string | undefined {
    let value: unknown = inputs;
    for (const key of keys) {
        value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
    }
    return typeof value === "string" && value !== "" ? value : undefined;
}

function joined(separator: string, ...parts: (string | undefined)[]): string | undefined {
    return parts.every((part) => part !== undefined) ? parts.join(separator) : undefined;
}

/** The id that a resource has in its service, as far as its inputs tell; else it can't be found again. */
export function idOfPending({ type, inputs }: z.output<typeof resourceSchema>): string | undefined {
    const at = (...keys: string[]): string | undefined => textAt(inputs, ...keys);
    if (type.startsWith("kubernetes:")) {
        const name = at("metadata", "name");
        const namespace = at("metadata", "namespace");
        return namespace === undefined ? name : joined("/", namespace, name);
    }
    if (type.startsWith("aws:s3/")) {
        return at("bucket");
    }
    switch (type) {
        case "aws:iam/user:User":
        case "aws:iam/role:Role":
            return at("name");
        case "aws:iam/userPolicy:UserPolicy":
            return joined(":", at("user"), at("name"));
        case "aws:iam/rolePolicy:RolePolicy":
            return joined(":", at("role"), at("name"));
        default:
            return undefined;
    }
}

/** What the creations that were pending made, if they got so far, by URN. */
function adopted({ deployment }: Checkpoint): Map<string, KnownResource> {
    return new Map(
        deployment.pending_operations.flatMap(({ type, resource }) => {
            const id = idOfPending(resource);
            // One whose id can't be told was random or can't be found again: it is made anew.
            return type === "creating" && id !== undefined
                ? [[resource.urn, { ...resource, id, outputs: {}, created: new Date().toISOString() }] as const]
                : [];
        }),
    );
}

/**
 * Takes what a killed engine had begun into the state as if it had ended: a refresh then finds out what became of it.
 * What was deleted to be made anew is taken for the new one: the engine itself never looks whether that is there.
 * @returns the state, and the URNs to refresh
 */
export function adoptPending(checkpoint: Checkpoint): { checkpoint: Checkpoint; urns: string[] } {
    const { resources, pending_operations: pending } = checkpoint.deployment;
    const known = new Set(resources.map(({ urn }) => urn));
    const made = adopted(checkpoint);
    const added = [...made.values()].filter(({ urn }) => !known.has(urn));
    const replaced = resources.filter(({ pendingReplacement }) => pendingReplacement === true);
    const touched = pending.filter(({ type, resource }) => type !== "creating" && known.has(resource.urn));
    // In its old place: what depends on it comes after it there, as the engine demands.
    const inPlace = resources.map((resource) =>
        resource.pendingReplacement === true
            ? (made.get(resource.urn) ?? { ...resource, pendingReplacement: false })
            : resource,
    );
    return {
        checkpoint: {
            ...checkpoint,
            deployment: { ...checkpoint.deployment, resources: [...inPlace, ...added], pending_operations: [] },
        },
        urns: [...added, ...replaced, ...touched.map(({ resource }) => resource)].map(({ urn }) => urn),
    };
}

/**
 * What runs have begun and their state doesn't tell, because a plugin, the API server or the disk failed under the engine.
 * @param lost creations that were lost to earlier runs, by URN
 */
export function unsettled(
    { deployment: { resources } }: Checkpoint,
    begun: readonly JournalEntry[],
    lost: Readonly<Record<string, Date>>,
): { lost: Record<string, Date>; deleted: string[] } {
    // What is there may be what a lost creation was to replace: that is older than the creation.
    const isMade = (wanted: string, at: Date): boolean =>
        resources.some(({ urn, created }) => urn === wanted && (created === undefined || new Date(created) >= at));
    const created = begun.filter(({ change }) => change === "create").map(({ urn, at }) => [urn, at] as const);
    const known = new Set(resources.map(({ urn }) => urn));
    const deleted = begun.filter(({ change, urn }) => change === "delete" && known.has(urn));
    return {
        // The first beginning counts: what it left is the oldest.
        lost: Object.fromEntries(
            [...created.reverse(), ...Object.entries(lost)].filter(([urn, at]) => !isMade(urn, at)),
        ),
        deleted: [...new Set(deleted.map(({ urn }) => urn))],
    };
}

/**
 * Reads what became of resources. Which ones is written down first: the state takes them for whole from then on, so
 * what is left to read would be forgotten when the reading is cut off itself.
 * @param checkpoint to take as the state, if that isn't right
 */
async function readFates(cli: PulumiCli, urns: readonly string[], checkpoint: Checkpoint | undefined): Promise<void> {
    writePrivateFile(engineFiles.unread, JSON.stringify(urns));
    if (checkpoint !== undefined) {
        await runOrFail(cli, ["stack", "import"], JSON.stringify(checkpoint));
    }
    if (urns.length > 0) {
        await runOrFail(cli, ["refresh", "--yes", "--skip-preview", ...urns.flatMap((urn) => ["--target", urn])]);
    }
}

/** Sets the state right after a run that was cut off, and leaves the rest to the plugins of the next run. */
async function settle(cli: PulumiCli, report: (message: string) => void): Promise<void> {
    const exported = checkpointSchema.parse(JSON.parse(await runOrFail(cli, ["stack", "export"])));
    const { checkpoint, urns } = adoptPending(exported);
    const { lost, deleted } = unsettled(checkpoint, readBegun(engineFiles.journal), readLost(engineFiles.journal));
    const unread = z.array(z.string()).safeParse(readJsonIfValid(engineFiles.unread)).data ?? [];
    // The engine refuses a target that isn't there.
    const targets = [...new Set([...urns, ...deleted, ...unread])].filter((target) =>
        checkpoint.deployment.resources.some(({ urn }) => urn === target),
    );
    const pending = exported.deployment.pending_operations.length;
    const count = Math.max(pending, targets.length);
    if (count > 0) {
        const operations = `${count} ${count === 1 ? "operation" : "operations"}`;
        report(`an earlier run was cut off within ${operations}: reading what became of it`);
        await readFates(cli, targets, pending > 0 || urns.length > 0 ? checkpoint : undefined);
    }
    // What is forgotten now, the kept state must know.
    keepState();
    settleJournal(engineFiles.journal, lost);
    fs.rmSync(engineFiles.unread, { force: true });
}

/**
 * Runs a command of the CLI that changes things, where the user sees it. What an earlier one that was cut off has begun is gone on
 * with, however that ended: by Ctrl-C, by a kill of any process, by a full disk.
 * @param report told when there is something to go on with
 * @returns the exit code
 */
export async function runChange(
    cli: PulumiCli,
    args: readonly string[],
    report: (message: string) => void,
): Promise<number> {
    const journaled = { ...cli, env: { ...cli.env, [journalVariable]: engineFiles.journal } };
    const code = await keepingState(async () => {
        await settle(cli, report);
        return runInForeground(journaled, args);
    });
    const isMended = mendState(report);
    if (code === 0 && !isMended) {
        clearJournal(engineFiles.journal);
    }
    return code;
}
