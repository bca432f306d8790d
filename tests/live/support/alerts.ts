import { randomBytes } from "node:crypto";
import type { KubernetesObject } from "@kubernetes/client-node";
import { type HookCall, hookCalls } from "./hook-calls";
import { live, objects } from "./live";
import { type Mail, mails } from "./mailbox";

/** A second Alertmanager that hadn't heard of the first one's message would have sent its own by then: peer timeout is 15 s. */
export const echoMs = 30_000;

const rules: KubernetesObject[] = [];

/** What a rule of the tests says. */
export interface FiringRule {
    /** True at once. */
    readonly expr: string;
    /** Labels of the alert beside its severity, which is critical. */
    readonly labels?: Readonly<Record<string, string>>;
    /** Labels of the rule, by which an evaluator takes it.  @default Prometheus does */
    readonly evaluator?: Readonly<Record<string, string>>;
}

/** What the alerts of the tests say in their summary. */
export const summary = "The live tests ask whether a message comes";

/** Makes a rule that fires at once. @returns the alert's name */
export async function fire({ expr, labels = {}, evaluator = {} }: FiringRule): Promise<string> {
    const alert = `LiveTest${randomBytes(3).toString("hex")}`;
    const rule = {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { namespace: live().outputs.namespace, name: alert.toLowerCase(), labels: evaluator },
        spec: {
            groups: [
                {
                    name: alert,
                    interval: "5s",
                    rules: [{ alert, expr, labels: { severity: "critical", ...labels }, annotations: { summary } }],
                },
            ],
        },
    } as KubernetesObject;
    await objects().create(rule);
    rules.push(rule);
    return alert;
}

/** Removes all rules that {@link fire} made. */
export async function removeRules(): Promise<void> {
    await Promise.all(
        rules.splice(0).map((rule) =>
            objects()
                .delete(rule)
                .catch(() => undefined),
        ),
    );
}

export const callsFor = async (alert: string): Promise<HookCall[]> =>
    (await hookCalls()).filter(({ alerts }) => alerts.some(({ labels }) => labels.alertname === alert));

export const mailsFor = async (alert: string): Promise<Mail[]> =>
    (await mails()).filter(({ subject }) => subject.includes(alert));
