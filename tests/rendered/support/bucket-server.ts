import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import { readFileSync } from "node:fs";
import { Authority } from "../../../sandbox/pki";

/** Every bucket of every host, all empty, and reachable under their real names. */
export interface BucketServer {
    /** What a process needs so that its requests end here: a proxy, and the authority that signs for all hosts. */
    env: Record<string, string>;
    /** PEM certificate of that authority. */
    ca: string;
    /** Requests so far: `<method> <host><path>`. */
    requests: string[];
    close: () => Promise<void>;
}

const listing = (bucket: string) =>
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Name>${bucket}</Name><KeyCount>0</KeyCount>` +
    "<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>";
const missing = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchKey</Code></Error>';

/**
 * An S3 API behind an HTTPS proxy on loopback: clients run with the very file that the stack gives them, endpoint and
 * addressing style included, and what they ask for can be seen.
 */
export async function startBucketServer(): Promise<BucketServer> {
    const authority = await Authority.open("buckets");
    const requests: string[] = [];
    const contexts = new Map<string, Promise<tls.SecureContext>>();
    const contextOf = async (host: string): Promise<tls.SecureContext> => {
        const { cert, key } = await authority.issue(host, { user: host, hosts: [host] });
        return tls.createSecureContext({ cert: readFileSync(cert), key: readFileSync(key) });
    };
    const api = https.createServer(
        {
            SNICallback: (host, done) => {
                const context = contexts.get(host) ?? contextOf(host);
                contexts.set(host, context);
                context.then((made) => {
                    done(null, made);
                }, done);
            },
        },
        (request, response) => {
            const { method = "", headers, url = "" } = request;
            requests.push(`${method} ${headers.host ?? ""}${url}`);
            const lists = method === "GET" && /[?&](list-type|prefix)=/.test(url);
            response.writeHead(lists ? 200 : 404, { "content-type": "application/xml" });
            response.end(lists ? listing("any") : missing);
        },
    );
    const apiPort = await listen(api);
    const proxy = http.createServer();
    // What a tunnel has taken over is no connection of the proxy's any more.
    const tunnels = new Set<net.Socket>();
    proxy.on("connect", (_, client: net.Socket, head: Buffer) => {
        tunnels.add(client);
        client.on("close", () => tunnels.delete(client));
        const server = net.connect(apiPort, "127.0.0.1", () => {
            client.write("HTTP/1.1 200 Connection established\r\n\r\n");
            server.write(head);
            server.pipe(client).pipe(server);
        });
        server.on("error", () => client.destroy());
        client.on("error", () => server.destroy());
    });
    const proxyPort = await listen(proxy);
    return {
        env: { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, NO_PROXY: "", SSL_CERT_FILE: authority.cert },
        ca: authority.certPem,
        requests,
        close: async () => {
            api.closeAllConnections();
            proxy.closeAllConnections();
            tunnels.forEach((client) => client.destroy());
            await Promise.all([closed(api), closed(proxy)]);
        },
    };
}

function listen(server: net.Server): Promise<number> {
    return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => {
            resolve((server.address() as AddressInfo).port);
        });
    });
}

function closed(server: net.Server): Promise<void> {
    return new Promise((resolve) => {
        server.close(() => {
            resolve();
        });
    });
}
