import * as fs from "node:fs";
import * as YAML from "yaml";
import { writePrivateFileIfChanged } from "../processes";

/** How a kubeconfig's user proves who it is. */
export type Credentials = { cert: string; key: string } | { tokenFile: string };

/** Content of a kubeconfig file. */
export interface KubeconfigArgs {
    server: string;
    /** PEM */
    ca: string;
    user: string;
    /** Paths; a certificate and its key are embedded, a token's file is named, so that it can be renewed. */
    credentials: Credentials;
}

/** Writes a kubeconfig that only the user can read; leaves the file alone when it is right already. */
export function writeKubeconfig(file: string, { server, ca, user, credentials }: KubeconfigArgs): void {
    const name = "perch-sandbox";
    const content = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server, "certificate-authority-data": base64(ca) } }],
        users: [{ name: user, user: userOf(credentials) }],
        contexts: [{ name, context: { cluster: name, user } }],
        "current-context": name,
    };
    writePrivateFileIfChanged(file, YAML.stringify(content));
}

function userOf(credentials: Credentials): Record<string, string> {
    return "tokenFile" in credentials
        ? { tokenFile: credentials.tokenFile }
        : {
              "client-certificate-data": base64(fs.readFileSync(credentials.cert, "utf8")),
              "client-key-data": base64(fs.readFileSync(credentials.key, "utf8")),
          };
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}
