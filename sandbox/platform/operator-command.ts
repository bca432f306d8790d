import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { CannotCreateContainer, expandVariables } from "./container-env";

const listenFlag = "web.listen-address";
/** Of the operator itself: https://github.com/prometheus-operator/prometheus-operator/blob/v0.93.1/pkg/server/server.go */
const defaultListenAddress = ":8080";
const fileFlags = ["web.cert-file", "web.key-file", "web.client-ca-file", "cert-file", "key-file", "ca-file"];
const serviceAccountMount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** How the operator of a pod runs on this machine. */
export interface OperatorCommand {
    args: string[];
    /** Port on which the operator would listen in its pod. */
    podPort: number;
}

/**
 * The operator's arguments on this machine: those of its container; only the listen address moves to a loopback port.
 * @throws CannotCreateContainer when the operator can't run outside its pod as it would run in it
 */
export function operatorCommand(
    container: V1Container,
    environment: Readonly<Record<string, string>>,
    port: number,
): OperatorCommand {
    const [program, ...ownArguments] = container.command ?? ["/bin/operator"];
    if (!/(^|\/)(prometheus-)?operator$/.test(program ?? "")) {
        throw new CannotCreateContainer(
            `exec: "${program ?? ""}": the sandbox runs this image's /bin/operator only`,
            "RunContainerError",
        );
    }
    const mounted = container.volumeMounts?.some(({ mountPath }) => mountPath === serviceAccountMount);
    if (!mounted) {
        throw new CannotCreateContainer(
            `the pod has no ServiceAccount token at ${serviceAccountMount}, without which the operator can't reach the API ` +
                "server: set automountServiceAccountToken to true",
        );
    }
    const args = [...ownArguments, ...(container.args ?? [])].map((text) => expandVariables(text, environment));
    const flags = parseFlags(args);
    const fileFlag =
        fileFlags.find((name) => flags.has(name)) ?? (isOn(flags.get("web.enable-tls")) && "web.enable-tls");
    if (typeof fileFlag === "string") {
        throw new CannotCreateContainer(
            `--${fileFlag} names files in the pod, which don't exist where the sandbox runs the operator: leave it off in ` +
                "the sandbox",
        );
    }
    const address = flags.get(listenFlag) ?? defaultListenAddress;
    return {
        // First, since Go reads no flag after a word that is none.
        args: [`--${listenFlag}=127.0.0.1:${port}`, ...withoutFlag(args, listenFlag)],
        podPort: Number(address.slice(address.lastIndexOf(":") + 1)),
    };
}

/** Where the readiness probe of the container asks on this machine; `undefined` when it has none. */
export function readinessUrl(container: V1Container, podPort: number, port: number): string | undefined {
    const get = container.readinessProbe?.httpGet;
    if (get === undefined) {
        return undefined;
    }
    const named = container.ports?.find(({ name }) => name === get.port)?.containerPort;
    const asked = typeof get.port === "number" ? get.port : named;
    if (asked !== podPort) {
        throw new CannotCreateContainer(
            `Readiness probe failed: the probe asks port ${get.port}, the operator listens on port ${podPort}`,
        );
    }
    return `${(get.scheme ?? "HTTP").toLowerCase()}://127.0.0.1:${port}${get.path ?? "/"}`;
}

/** Name of the Deployment that a pod belongs to; of the pod itself when it belongs to none. */
export function deploymentOf({ metadata }: V1Pod): string {
    const owner = metadata?.ownerReferences?.find(({ kind }) => kind === "ReplicaSet")?.name;
    const hash = metadata?.labels?.["pod-template-hash"];
    const name = owner !== undefined && hash !== undefined ? owner.slice(0, -hash.length - 1) : metadata?.name;
    return name ?? "unknown";
}

function parseFlags(args: readonly string[]): Map<string, string> {
    const flags = new Map<string, string>();
    args.forEach((arg, index) => {
        const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
        if (name !== undefined) {
            const next = args[index + 1];
            flags.set(name, value ?? (next === undefined || next.startsWith("-") ? "" : next));
        }
    });
    return flags;
}

function withoutFlag(args: readonly string[], name: string): string[] {
    return args.filter((arg, index) => {
        const alone = (text: string | undefined): boolean => text === `--${name}` || text === `-${name}`;
        return !alone(arg) && !alone(args[index - 1]) && !new RegExp(`^--?${name.replaceAll(".", "\\.")}=`).test(arg);
    });
}

function isOn(value: string | undefined): boolean {
    return value !== undefined && value !== "false";
}
