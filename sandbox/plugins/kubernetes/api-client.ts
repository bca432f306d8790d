import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { apiError, ConnectionError, messageOf } from "./api-error";
import type { Connection } from "./kubeconfig";
import { isMap, type Plain, type PlainMap } from "./objects";

/** Requests at the same time; each has a connection, which is kept for the next one. */
const MAX_SOCKETS = 24;
/** How often a request is tried again that a busy server put off (429, 503 with `Retry-After`) or a closed connection lost. */
const MAX_RETRIES = 8;

export type Query = Record<string, string | undefined>;

export interface ApiRequest {
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    path: string;
    query?: Query;
    body?: Plain;
    /** @default application/json */
    contentType?: string;
    /** @default application/json */
    accept?: string;
    signal?: AbortSignal;
}

export interface ApiResponse {
    body: PlainMap;
    /** Texts of the `Warning` headers. */
    warnings: string[];
}

interface RawResponse {
    status: number;
    headers: http.IncomingHttpHeaders;
    text: string;
}

/** The texts in `299 - "text"` headers, which Node joins with commas. */
export function parseWarnings(header: string | undefined): string[] {
    return [...(header ?? "").matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, message = ""]) =>
        message.replaceAll(/\\(.)/g, "$1"),
    );
}

/** Requests to one API server over connections that are kept open. */
export class ApiClient {
    private readonly agent: http.Agent;
    private readonly watchAgent: http.Agent;
    private readonly transport: typeof http | typeof https;

    public constructor(private readonly connection: Connection) {
        this.transport = connection.url.protocol === "http:" ? http : https;
        const Agent = this.transport.Agent;
        this.agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, ...connection.tls });
        // A watch keeps its connection for minutes: it mustn't take one of those that requests wait for.
        this.watchAgent = new Agent({ keepAlive: true, ...connection.tls });
    }

    /**
     * @throws {ApiError} when the server refuses
     * @throws {ConnectionError} when there is no server
     */
    public async request(request: ApiRequest): Promise<ApiResponse> {
        for (let attempt = 0; ; attempt++) {
            const response = await this.send(request);
            const delay = retryAfter(response);
            if (delay !== undefined && attempt < MAX_RETRIES) {
                await sleep(delay, undefined, { signal: request.signal });
                continue;
            }
            const body = parseJson(response.text);
            if (response.status >= 400) {
                throw apiError(response.status, body, response.text);
            }
            if (!isMap(body)) {
                throw new ConnectionError(`${this.connection.url.origin} answers, but not as an API server does`);
            }
            return { body, warnings: parseWarnings(response.headers.warning) };
        }
    }

    /**
     * Sends the events of a watch to `onEvent` until the server ends it.
     * @throws {ApiError} when the server refuses the watch
     */
    public async watch(
        path: string,
        query: Query,
        onEvent: (event: PlainMap) => void,
        signal: AbortSignal,
    ): Promise<void> {
        const response = await this.open(
            { method: "GET", path, query: { ...query, watch: "1" }, signal },
            this.watchAgent,
        );
        let pending = "";
        response.setEncoding("utf8");
        try {
            for await (const chunk of response as AsyncIterable<string>) {
                const lines = (pending + chunk).split("\n");
                pending = lines.pop() ?? "";
                if ((response.statusCode ?? 0) >= 400) {
                    continue;
                }
                for (const line of lines) {
                    const event = parseJson(line);
                    if (isMap(event)) {
                        onEvent(event);
                    }
                }
            }
        } catch (error) {
            if (!signal.aborted) {
                throw new ConnectionError(messageOf(error));
            }
        }
        if ((response.statusCode ?? 0) >= 400) {
            throw apiError(response.statusCode ?? 0, parseJson(pending), pending);
        }
    }

    /** Ends all connections. */
    public close(): void {
        this.agent.destroy();
        this.watchAgent.destroy();
    }

    private async send(request: ApiRequest): Promise<RawResponse> {
        const response = await this.open(request, this.agent);
        const chunks: Buffer[] = [];
        for await (const chunk of response as AsyncIterable<Buffer>) {
            chunks.push(chunk);
        }
        return {
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString("utf8"),
        };
    }

    private async open(request: ApiRequest, agent: http.Agent): Promise<http.IncomingMessage> {
        for (let attempt = 0; ; attempt++) {
            try {
                return await this.openOnce(request, agent);
            } catch (error) {
                if (!(error instanceof StaleConnection) || attempt >= MAX_RETRIES) {
                    throw error instanceof StaleConnection ? new ConnectionError(error.message) : error;
                }
            }
        }
    }

    private async openOnce(request: ApiRequest, agent: http.Agent): Promise<http.IncomingMessage> {
        const { url } = this.connection;
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(request.query ?? {})) {
            if (value !== undefined) {
                query.set(name, value);
            }
        }
        const search = query.size === 0 ? "" : `?${query.toString()}`;
        const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
        const headers = {
            "User-Agent": "perch-sandbox-kubernetes",
            Accept: request.accept ?? "application/json",
            ...(await this.connection.headers()),
            ...(payload === undefined
                ? {}
                : {
                      "Content-Type": request.contentType ?? "application/json",
                      "Content-Length": String(Buffer.byteLength(payload)),
                  }),
        };
        return new Promise((resolve, reject) => {
            const sent = this.transport.request(
                {
                    agent,
                    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
                    port: url.port,
                    path: url.pathname.replace(/\/$/, "") + request.path + search,
                    method: request.method,
                    headers,
                    ...(request.signal === undefined ? {} : { signal: request.signal }),
                },
                resolve,
            );
            sent.on("error", (error: NodeJS.ErrnoException) => {
                const message = `${url.origin}: ${error.message}`;
                // The server closed a kept connection just when it was used again: nothing was done.
                reject(
                    sent.reusedSocket && error.code === "ECONNRESET"
                        ? new StaleConnection(message)
                        : new ConnectionError(message),
                );
            });
            sent.end(payload);
        });
    }
}

class StaleConnection extends Error {}

/** Milliseconds after which to try again; undefined for an answer that stands. */
function retryAfter({ status, headers }: RawResponse): number | undefined {
    const seconds = headers["retry-after"];
    return seconds !== undefined && (status === 429 || status === 503) ? Number(seconds) * 1000 : undefined;
}

function parseJson(text: string): Plain | undefined {
    try {
        return JSON.parse(text) as Plain;
    } catch {
        return undefined;
    }
}
