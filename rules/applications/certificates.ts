import type { ApplicationAlerts } from ".";

const certificate = "{{ $labels.name }} in {{ $labels.namespace }}";

/** An alert is where its certificate is, and not where cert-manager runs, which tells of it. */
function ofCertificates(expr: string): string {
    return `label_replace(${expr}, "namespace", "$1", "exported_namespace", "(.+)")`;
}

/**
 * Certificates that cert-manager keeps. The series and their labels:
 * https://github.com/cert-manager/cert-manager/blob/v1.21.2/internal/collectors/certificate_collector.go
 */
export const certManager: ApplicationAlerts = {
    each: (application, { application: of, threshold }) => {
        const by = "exported_namespace, job, name";
        const ends = `max by (${by}) (certmanager_certificate_expiration_timestamp_seconds{${of(application)}})`;
        const unready = of(application, 'condition!="True"');
        return [
            {
                alert: "CertManagerCertificateExpiration",
                // One that was never issued ends at 0.
                expr: ofCertificates(`(${ends} > 0) - time() < ${threshold("CertManagerCertificateExpiration")}`),
                for: "1h",
                severity: "warning",
                summary: `Certificate ${certificate} expires soon`,
                description:
                    `Certificate ${certificate} is valid for {{ $value | humanizeDuration }} more: cert-manager should have ` +
                    "renewed it.",
            },
            {
                alert: "CertManagerCertificateNotReady",
                expr: ofCertificates(`max by (${by}) (certmanager_certificate_ready_status{${unready}}) == 1`),
                for: "15m",
                severity: "warning",
                summary: `Certificate ${certificate} isn't there`,
                description: `cert-manager has no valid certificate for ${certificate}, or can't renew it.`,
            },
        ];
    },
};
