import * as fs from "node:fs";
import * as path from "node:path";
import PostalMime from "postal-mime";
import { mailFolder } from "../../../sandbox/node/mail/spec";
import { nodeRunDir } from "../../../sandbox/node/settings";

/** A message that the node's mail server took. */
export interface Mail {
    readonly to: readonly string[];
    readonly subject: string;
    /** The HTML part, or else the text. */
    readonly body: string;
}

/** All messages, in the order in which they came. */
export async function mails(): Promise<Mail[]> {
    const folder = path.join(nodeRunDir, mailFolder);
    const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file.endsWith(".eml")) : [];
    return Promise.all(
        files.sort().map(async (file): Promise<Mail> => {
            const {
                to = [],
                subject = "",
                html,
                text,
            } = await PostalMime.parse(fs.readFileSync(path.join(folder, file)));
            return { to: to.map(({ address = "" }) => address), subject, body: html ?? text ?? "" };
        }),
    );
}
