import { z } from "zod";
import { applicationNamespace, hooks } from "./application";
import { kubectl } from "./kubectl";

const callSchema = z.object({
    receiver: z.string(),
    status: z.string(),
    alerts: z.array(
        z.object({ status: z.string(), labels: z.record(z.string(), z.string()), generatorURL: z.string() }),
    ),
});

/** A POST of Alertmanager to the webhook. */
export type HookCall = z.output<typeof callSchema>;

/** All calls that the webhook took, in the order in which they came. */
export async function hookCalls(): Promise<HookCall[]> {
    const script = "cat /tmp/calls 2>/dev/null || true";
    const target = `deployment/${hooks.name}`;
    const text = await kubectl("exec", "--namespace", applicationNamespace, target, "--", "sh", "-c", script);
    return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => callSchema.parse(JSON.parse(line)));
}
