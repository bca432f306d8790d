import type { RuleContext } from "./context";
import type { AlertRule } from "./types";

/** gRPC answers that are the server's fault. */
export const grpcFailures = 'grpc_code=~"Unknown|DeadlineExceeded|ResourceExhausted|Internal|Unavailable|DataLoss"';

/** What a client gets no answer to. A request to a server that hangs it cancels itself: that counts as `Canceled`. */
export const grpcUnanswered = 'grpc_code!="OK"';

/** An alert's value in a text. */
export const percentage = "{{ $value | humanizePercentage }}";
/** Where an alert is, in a text. */
export const where = "in {{ $labels.namespace }}";

/** No server of a part answers; with `services`, none behind one of them. */
export function isDown(
    alert: `Thanos${"Query" | "QueryFrontend" | "Rule" | "Sidecar" | "Store"}IsDown`,
    job: `thanos${"Query" | "QueryFrontend" | "Rule" | "Sidecar" | "Store"}`,
    { own, settings }: RuleContext,
    [part, what]: [string, string],
    services?: readonly string[],
): AlertRule {
    const isGone = (selector: string) => `absent(up{${selector}} == 1)`;
    // By itself it has no label that tells which.
    const each = services?.map(
        (service) => `label_replace(${isGone(own(job, `service="${service}"`))}, "service", "${service}", "", "")`,
    );
    return {
        alert,
        expr: each?.join(" or ") ?? isGone(own(job)),
        for: "5m",
        severity: "critical",
        labels: { namespace: settings.platform.namespace },
        summary: `No ${part} answers`,
        description: `No ${part} can be scraped: ${what}.`,
    };
}
