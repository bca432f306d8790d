import * as https from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { UserError, messageOf } from "../cli/errors";
import { parseJson } from "../cli/json";

const statusSchema = z.object({ kind: z.literal("Status"), message: z.string() });

/** What a Service answered. */
export interface ProxyAnswer {
    status: number;
    body: string;
}

/** Path of the API server that leads to a URL within the cluster, such as `http://thanos-query.monitoring.svc:10902/api`. */
export function proxyPath(url: string): string {
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const [service, namespace] = hostname.split(".");
    if (service === undefined || namespace === undefined) {
        throw new UserError(`${url} names no Service of the cluster.`);
    }
    const scheme = protocol.replace(":", "");
    const number = port === "" ? (scheme === "https" ? "443" : "80") : port;
    return `/api/v1/namespaces/${namespace}/services/${scheme}:${service}:${number}/proxy${pathname}${search}`;
}

/**
 * A GET of a URL within the cluster, through the API server: nothing of the cluster need be open to this machine.
 * @throws UserError when the API server can't be reached or can't reach the Service
 */
export async function getWithinCluster(config: KubeConfig, url: string): Promise<ProxyAnswer> {
    const server = config.getCurrentCluster()?.server ?? "";
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const answer = await new Promise<ProxyAnswer>((resolve, reject) => {
        const request = https.get(new URL(proxyPath(url), server), { ...options, timeout: 60_000 }, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (text: string) => (body += text));
            response.once("end", () => {
                resolve({ status: response.statusCode ?? 0, body });
            });
        });
        request.once("timeout", () => request.destroy(new Error("no answer within 60 s")));
        request.once("error", reject);
    }).catch((error: unknown) => {
        throw new UserError(`The API server ${server} can't be asked: ${messageOf(error)}`);
    });
    const refusal = statusSchema.safeParse(parseJson(answer.body));
    if (answer.status >= 500 && refusal.success) {
        throw new UserError(`${new URL(url).host} doesn't answer: ${refusal.data.message}`);
    }
    return answer;
}
