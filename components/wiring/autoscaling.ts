import { PrometheusAdapter, ScaledApplications } from "../autoscaling";
import type { CertificateAuthority } from "../certificates";
import type { Thanos } from "../long-term";
import type { Prometheus } from "../metrics";
import type { Ground } from "./ground";

/** The custom metrics API, and the autoscalers that ask it. */
export function addAutoscaling(
    { name, parent, settings: { autoscaling: settings }, shared }: Ground,
    parts: { prometheus: Prometheus; thanos: Thanos | undefined; authority: CertificateAuthority | undefined },
): void {
    const { prometheus, thanos, authority } = parts;
    const source = settings.kind !== "none" && settings.source === "thanos" ? thanos?.query : prometheus.endpoint;
    const customMetrics =
        settings.kind === "none" || authority === undefined || source === undefined
            ? undefined
            : new PrometheusAdapter(
                  `${name}-prometheus-adapter`,
                  { ...shared, settings, source, authority },
                  { parent },
              );
    const { targets } = settings;
    if (Object.keys(targets).length > 0) {
        new ScaledApplications(
            `${name}-scaled-applications`,
            { platform: shared.platform, targets, ...(customMetrics === undefined ? {} : { customMetrics }) },
            { parent },
        );
    }
}
