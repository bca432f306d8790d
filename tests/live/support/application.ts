import { type KubernetesObject, PatchStrategy } from "@kubernetes/client-node";
import { sandboxImages } from "../../../sandbox/images";
import { objects } from "./live";

/** Namespace of the applications that the further parts scrape, scale, probe and call. */
export const applicationNamespace = "live-applications";

/** Port of all of them. */
export const applicationPort = 8080;

/** A small HTTP server with programs of its own. */
export interface Application {
    readonly name: string;
    /** Scripts of the shell by the name under which `/cgi-bin/` has them. */
    readonly scripts: Readonly<Record<string, string>>;
}

const answer = (body: string) => `printf 'Content-Type: text/plain; version=0.0.4\\r\\n\\r\\n'\n${body}`;

/** Counts what is bought, as any shop would. */
export const shop: Application = {
    name: "shop",
    scripts: {
        buy: `echo >> /tmp/bought\n${answer("echo thanks")}`,
        metrics: answer(
            [
                "bought=$(cat /tmp/bought 2>/dev/null | wc -l)",
                "echo '# TYPE shop_requests_total counter'",
                'echo "shop_requests_total $bought"',
                "echo '# TYPE billing_orders_total counter'",
                'echo "billing_orders_total $bought"',
            ].join("\n"),
        ),
    },
};

/** Keeps the body of each call as a line. */
export const hooks: Application = {
    name: "hooks",
    scripts: {
        take: `body=$(head -c "$CONTENT_LENGTH" | tr -d '\\n')\necho "$body" >> /tmp/calls\n${answer("echo taken")}`,
    },
};

/** URL of one of its scripts, for pods. */
export function applicationUrl({ name }: Application, script: string, port = applicationPort): string {
    return `http://${name}.${applicationNamespace}.svc:${port}/cgi-bin/${script}`;
}

/** Deploys some applications; what is there stays. */
export async function deployApplications(...applications: readonly Application[]): Promise<void> {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: applicationNamespace } };
    for (const object of [namespace, ...applications.flatMap(definitions)] as KubernetesObject[]) {
        await objects().patch(object, undefined, undefined, "live-test", true, PatchStrategy.ServerSideApply);
    }
}

function definitions({ name, scripts }: Application): object[] {
    const labels = { app: name };
    const metadata = { namespace: applicationNamespace, name, labels };
    const container = {
        name: "main",
        image: sandboxImages.busybox,
        command: ["httpd", "-f", "-p", String(applicationPort), "-h", "/www"],
        ports: [{ name: "http", containerPort: applicationPort }],
        readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 2 },
        resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { memory: "64Mi" } },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
            { name: "scripts", mountPath: "/www/cgi-bin" },
            { name: "data", mountPath: "/tmp" },
        ],
    };
    const spec = {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: "RuntimeDefault" } },
        containers: [container],
        volumes: [
            { name: "scripts", configMap: { name, defaultMode: 0o755 } },
            { name: "data", emptyDir: { sizeLimit: "16Mi" } },
        ],
    };
    return [
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata,
            data: Object.fromEntries(Object.entries(scripts).map(([script, text]) => [script, `#!/bin/sh\n${text}\n`])),
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: labels, ports: [{ name: "http", port: applicationPort, targetPort: "http" }] },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata,
            // No number of replicas: that of an autoscaler would be undone.
            spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
        },
    ];
}
