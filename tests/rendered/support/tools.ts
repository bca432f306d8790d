import { platformTools } from "../../../sandbox/platform";
import { ensureTools } from "../../../sandbox/toolchain";

const tools = [
    ...platformTools,
    ...(["promtool", "amtool", "prometheus", "alertmanager", "node_exporter", "thanos", "loki", "alloy"] as const),
    ...(["blackbox_exporter", "telegraf", "victoria-metrics", "memcached", "memcached_exporter", "coredns"] as const),
    ...(["prometheus-operator-admission-webhook", "prometheus-adapter", "kube-state-metrics", "kubectl"] as const),
];

/** A program of these tests. */
export type RenderedTool = (typeof tools)[number];

/**
 * Where one is. What isn't of these would be built for the first time while a test's clock runs; what tests of other folders
 * lend to these, too, takes promtool and kubectl itself.
 */
export async function programOf(tool: RenderedTool): Promise<string> {
    const { [tool]: program } = await ensureTools([tool]);
    return program;
}

/** Gets all. Where they are built, that takes longer than a test may, and together they share the compiler's work. */
export async function getTools(): Promise<void> {
    await ensureTools(tools);
}
