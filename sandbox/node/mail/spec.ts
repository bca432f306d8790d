import * as net from "node:net";
import * as path from "node:path";
import { inRunDir, projectRoot } from "../../paths";
import { Authority } from "../../pki";
import { typescriptProgram, writePrivateFileIfChanged } from "../../processes";
import type { DaemonSpec, Probe } from "../../processes";
import type { MailSettings } from "./settings";

const settingsFile = inRunDir("mail", "server.json");

/** Where the messages are, below a node's run folder. */
export const mailFolder = path.join("mail", "messages");

/** The mail server and where it is, with its certificate made. */
export async function describeMail(
    address: Pick<MailSettings, "host" | "port" | "username" | "password">,
): Promise<{ spec: DaemonSpec; caFile: string }> {
    const authority = await Authority.open("mail");
    const { cert, key } = await authority.issue("smtp", { user: "smtp", hosts: [address.host] });
    const settings: MailSettings = { ...address, certificate: cert, key, folder: inRunDir(mailFolder) };
    writePrivateFileIfChanged(settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
    const program = path.join(__dirname, "server.ts");
    return {
        caFile: authority.cert,
        spec: {
            name: "mail",
            command: process.execPath,
            args: typescriptProgram(program, settingsFile),
            cwd: projectRoot,
            configFiles: [program, settingsFile, cert],
            port: address.port,
            probe: greetingProbe(address.host, address.port),
            graceMs: 2_000,
        },
    };
}

/** Passes when the server greets. */
function greetingProbe(host: string, port: number): Probe {
    return () =>
        new Promise((resolve, reject) => {
            const socket = net.connect({ host, port, timeout: 3_000 });
            socket.once("data", (data) => {
                socket.end("QUIT\r\n");
                if (data.toString().startsWith("220 ")) {
                    resolve();
                } else {
                    reject(new Error(`the mail server says ${data.toString().trim()}`));
                }
            });
            socket.once("timeout", () => socket.destroy(new Error("the mail server doesn't greet")));
            socket.once("error", reject);
        });
}
