import { CoreV1Api } from "@kubernetes/client-node";
import { gunzipSync } from "node:zlib";
import { prometheusAccount, prometheusName } from "../../../components/metrics/prometheus-names";
import { discovered, type TargetLabels } from "../../sandbox/support/discovery";
import { client } from "./deployment";

/** Who answers: a Service's pods by its name, a pod by its own. The sandbox chooses the API server's port. */
function line({
    job = "",
    service,
    pod,
    __address__: address = "",
    __metrics_path__: path = "",
}: TargetLabels): string {
    const port = service === "kubernetes" ? "" : address.slice(address.lastIndexOf(":"));
    return `${job} ${service ?? pod ?? ""}${port}${path}`;
}

/**
 * What the Prometheus of a stack finds by its configuration and its own rights: `<job> <service>:<port><path>`, one line
 * for each address.
 */
export async function targetsOf(namespace: string): Promise<string[]> {
    const secret = await client(CoreV1Api).readNamespacedSecret({ namespace, name: `prometheus-${prometheusName}` });
    const config = gunzipSync(Buffer.from(secret.data?.["prometheus.yaml.gz"] ?? "", "base64")).toString();
    return (await discovered(config, { namespace, name: prometheusAccount })).map(line).sort();
}
