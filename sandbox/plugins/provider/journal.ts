import * as fs from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { messageOf } from "../../../cli/errors";
import { writePrivateFile } from "../../processes/files";
import { ProviderError } from "./types";

/**
 * Names the folder of the journal, in the environment of a plugin. What a plugin begins is noted there, so that a later run can
 * find out what became of it: an engine that lives on when its plugin, the API server or the disk under its state fails
 * forgets what it had begun. Without the variable nothing is noted and nothing is gone on with.
 */
export const journalVariable = "PERCH_SANDBOX_JOURNAL";

const entrySchema = z.object({ change: z.enum(["create", "delete"]), urn: z.string(), at: z.coerce.date() });

/** A change of the outside world that was begun. */
export type JournalEntry = z.output<typeof entrySchema>;

const lostSchema = z.record(z.string(), z.coerce.date());

const begunFile = (folder: string): string => path.join(folder, "begun.jsonl");
const lostFile = (folder: string): string => path.join(folder, "lost.json");

function readText(file: string): string {
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}

/** Notes a change before it is begun. @throws ProviderError when that can't be done: then it isn't begun either */
export function noteBegun(change: JournalEntry["change"], urn: string): void {
    const folder = process.env[journalVariable];
    if (folder === undefined) {
        return;
    }
    try {
        fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
        // The line before may be one that a full disk cut off.
        fs.appendFileSync(begunFile(folder), `\n${JSON.stringify({ change, urn, at: new Date() })}\n`, { mode: 0o600 });
    } catch (error) {
        throw new ProviderError(`The sandbox can't note what it is about to do in ${folder}: ${messageOf(error)}`);
    }
}

/** When an earlier run began to create this resource without anybody learning how that ended; undefined: none did. */
export function begunEarlier(urn: string): Date | undefined {
    const folder = process.env[journalVariable];
    return folder === undefined ? undefined : readLost(folder)[urn];
}

/** All that was begun since the journal was settled; a line that was cut off is left out: its change wasn't begun. */
export function readBegun(folder: string): JournalEntry[] {
    return readText(begunFile(folder))
        .split("\n")
        .flatMap((line) => {
            try {
                return [entrySchema.parse(JSON.parse(line))];
            } catch {
                return [];
            }
        });
}

/** The creations that nobody learned the end of, by URN. */
export function readLost(folder: string): Record<string, Date> {
    try {
        return lostSchema.parse(JSON.parse(readText(lostFile(folder))));
    } catch {
        return {};
    }
}

/** Begins the journal anew. @param lost the creations that the next run has to go on with, by URN */
export function settleJournal(folder: string, lost: Readonly<Record<string, Date>>): void {
    writePrivateFile(lostFile(folder), JSON.stringify(lost));
    fs.rmSync(begunFile(folder), { force: true });
}

/** Forgets everything: the state knows all that was done. */
export function clearJournal(folder: string): void {
    fs.rmSync(folder, { recursive: true, force: true });
}
