import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { loadSettings, type Settings } from "../../config/load";
import type { ConfigSource } from "../../config/source";
import { CANARY } from "./mocks";

const root = path.resolve(__dirname, "../..");

/**
 * A stack's configuration from a table, as the engine would hand it over.
 *
 * @param values keys without the namespace; objects become JSON
 * @param secrets keys that are encrypted in the stack file; their value is {@link CANARY}
 */
export function configSource(values: Record<string, unknown>, secrets: readonly string[] = []): ConfigSource {
    const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
    return {
        keys: () => [...Object.keys(values), ...secrets],
        get: (key) => (secrets.includes(key) ? CANARY : values[key] === undefined ? undefined : text(values[key])),
        getSecret: (key) => (secrets.includes(key) ? pulumi.secret(CANARY) : undefined),
        isEncrypted: (key) => secrets.includes(key),
    };
}

/** Answers to what EKS doesn't decide: keys in place of roles, and nothing that an ingress controller would have to serve. */
function answeredOnEks(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { cluster, objectStorage = {}, grafana = {} } = values;
    return (cluster as { platform?: string } | undefined)?.platform === "eks"
        ? {
              ...values,
              objectStorage: { access: { kind: "user" }, ...(objectStorage as object) },
              grafana: { exposure: { kind: "none" }, ...(grafana as object) },
          }
        : { ...values };
}

/** What a stack file says, with an answer to whether there is a dead man's switch where it must have one: there is none. */
export function answered(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { alerting = {}, profile } = values;
    const { kind = profile === "severed" ? "none" : "alertmanager" } = alerting as { kind?: string };
    const known = answeredOnEks(values);
    return kind === "none"
        ? known
        : { ...known, alerting: { deadMansSwitch: { kind: "none" }, ...(alerting as object) } };
}

/** Settings of a stack file with these values. */
export function settingsOf(values: Record<string, unknown>, secrets: readonly string[] = [], stack = "test"): Settings {
    return loadSettings(configSource(values, secrets), stack);
}

/** What one of the project's own stack files says, without the namespace. */
export function stackFile(stack: string): Record<string, unknown> {
    const { config } = parse(readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
        config?: Record<string, unknown>;
    };
    return Object.fromEntries(
        Object.entries(config ?? {})
            .filter(([key]) => key.startsWith("perch:"))
            .map(([key, value]) => [key.slice("perch:".length), value]),
    );
}
