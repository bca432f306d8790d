import { ensureTools } from "../../../sandbox/toolchain";

/**
 * Gets the programs of these tests before any test's clock runs: where they are built, that takes longer than a test
 * may, and together they share the compiler's work.
 */
export async function mochaGlobalSetup(): Promise<void> {
    await ensureTools([
        ...(["promtool", "amtool", "prometheus", "alertmanager", "node_exporter", "thanos", "loki", "alloy"] as const),
        ...(["blackbox_exporter", "telegraf", "victoria-metrics", "memcached", "memcached_exporter"] as const),
        ...(["prometheus-operator-admission-webhook", "prometheus-adapter"] as const),
    ]);
}
