import * as http from "node:http";
import * as https from "node:https";
import type { Probe } from "./daemon";

/** An HTTP request that shall answer with 200. */
export interface HttpProbeOptions {
    url: string;
    /** PEM of the authority that signed the server's certificate. */
    ca?: string;
    headers?: Readonly<Record<string, string>>;
    /** Client certificate, where the server asks for one. */
    cert?: string;
    key?: string;
    /** @default 3000 milliseconds */
    timeoutMs?: number;
}

/** A probe that passes when a GET of the URL answers with 200. */
export function httpProbe({ url, timeoutMs = 3_000, ...options }: HttpProbeOptions): Probe {
    return () =>
        new Promise((resolve, reject) => {
            const get = url.startsWith("https:") ? https.get : http.get;
            const request = get(url, { ...options, agent: false, timeout: timeoutMs }, (response) => {
                response.resume();
                if (response.statusCode === 200) {
                    resolve();
                } else {
                    reject(new Error(`${url} answers ${response.statusCode ?? "nothing"}`));
                }
            });
            request.once("timeout", () => request.destroy(new Error(`${url} doesn't answer in ${timeoutMs} ms`)));
            request.once("error", reject);
        });
}
