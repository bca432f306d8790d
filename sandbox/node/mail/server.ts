import * as fs from "node:fs";
import * as path from "node:path";
import { SMTPServer } from "smtp-server";
import { messageOf } from "../../../cli/errors";
import { readJsonIfValid } from "../../processes";
import { settingsSchema } from "./settings";

/** Largest message that is taken: alerts are small. */
const mostBytes = 10 * 2 ** 20;

/**
 * A mail server that delivers to a folder: STARTTLS first, then a login, as the submission ports of providers ask for. Each
 * message is one file, put there whole. Its argument is the path of its settings.
 */
function main(): void {
    const settings = settingsSchema.parse(readJsonIfValid(process.argv[2] ?? ""));
    fs.mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
    let count = 0;
    const server = new SMTPServer({
        key: fs.readFileSync(settings.key),
        cert: fs.readFileSync(settings.certificate),
        // Without an encrypted connection there is no login, and without a login no mail.
        allowInsecureAuth: false,
        authOptional: false,
        authMethods: ["PLAIN", "LOGIN"],
        size: mostBytes,
        // Names of clients aren't looked up: no resolver here knows them.
        disableReverseLookup: true,
        onAuth: ({ username, password }, _session, callback) => {
            const right = username === settings.username && password === settings.password;
            callback(right ? null : new Error("Wrong user name or password"), right ? { user: username } : undefined);
        },
        onData: (stream, session, callback) => {
            const chunks: Buffer[] = [];
            stream.on("data", (chunk: Buffer) => chunks.push(chunk));
            stream.once("end", () => {
                count += 1;
                const { rcptTo } = session.envelope;
                const name = `${Date.now()}-${process.pid}-${count}.eml`;
                try {
                    if (stream.sizeExceeded) {
                        throw new Error(`Messages above ${mostBytes} bytes aren't taken`);
                    }
                    const draft = path.join(settings.folder, `.${name}`);
                    fs.writeFileSync(draft, Buffer.concat(chunks), { mode: 0o600, flush: true });
                    fs.renameSync(draft, path.join(settings.folder, name));
                    console.log(
                        `${new Date().toISOString()} ${name} for ${rcptTo.map(({ address }) => address).join(", ")}`,
                    );
                    callback(null);
                } catch (error) {
                    callback(new Error(messageOf(error)));
                }
            });
        },
    });
    // A client that breaks off is no reason to end.
    server.on("error", (error) => {
        console.error(`${new Date().toISOString()} ${messageOf(error)}`);
        if (!server.server.listening) {
            process.exit(1);
        }
    });
    server.listen(settings.port, settings.host);
    process.once("SIGTERM", () => process.exit(0));
}

main();
