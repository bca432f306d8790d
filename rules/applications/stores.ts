import type { ApplicationAlerts } from ".";

/** Consumers of Kafka; the series is of kafka_exporter: https://github.com/danielqsj/kafka_exporter, kafka_exporter.go. */
export const kafka: ApplicationAlerts = {
    each: (application, context) => [
        {
            alert: "KafkaConsumerLag",
            // Each replica of the exporter tells of all partitions.
            expr:
                "sum by (namespace, job, consumergroup, topic) " +
                "(max by (namespace, job, consumergroup, topic, partition) " +
                `(kafka_consumergroup_lag{${context.application(application)}})) > ${context.threshold("KafkaConsumerLag")}`,
            for: "10m",
            severity: "warning",
            summary: "{{ $labels.consumergroup }} is {{ $value | humanize }} records behind in {{ $labels.topic }}",
            description:
                "The consumer group {{ $labels.consumergroup }} has {{ $value | humanize }} records of topic " +
                "{{ $labels.topic }} ({{ $labels.job }} in {{ $labels.namespace }}) before it: what it does is that late.",
        },
    ],
};

/**
 * Redis and Valkey. `redis_up` is 0 as long as redis_exporter is there and can't ask the server:
 * https://github.com/oliver006/redis_exporter, `Collect` in exporter/exporter.go.
 */
export const redis: ApplicationAlerts = {
    each: (application, context) => [
        {
            alert: "RedisDown",
            expr: `redis_up{${context.application(application)}} == 0`,
            for: "2m",
            severity: "critical",
            summary: "{{ $labels.job }} doesn't answer: pod {{ $labels.pod }}",
            description:
                "The server beside the exporter of pod {{ $labels.pod }} ({{ $labels.job }} in {{ $labels.namespace }}) " +
                "doesn't answer: what it caches comes from elsewhere, late, and what it passes on doesn't come.",
        },
    ],
};

/**
 * PostgreSQL of CloudNativePG. The series are those of its default queries `backends` and `pg_settings`:
 * https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.27.0/config/manager/default-monitoring.yaml
 */
export const cnpg: ApplicationAlerts = {
    each: (application, context) => {
        const taken = `cnpg_backends_total{${context.application(application)}}`;
        const limit = `cnpg_pg_settings_setting{${context.application(application, 'name="max_connections"')}}`;
        return [
            {
                alert: "CNPGConnectionsNearLimit",
                expr:
                    `sum by (namespace, job, pod) (${taken}) / max by (namespace, job, pod) (${limit}) ` +
                    `> ${context.threshold("CNPGConnectionsNearLimit")}`,
                for: "5m",
                severity: "warning",
                summary: "{{ $value | humanizePercentage }} of the connections to {{ $labels.pod }} are taken",
                description:
                    "{{ $value | humanizePercentage }} of the connections that PostgreSQL in pod {{ $labels.pod }} " +
                    "({{ $labels.job }} in {{ $labels.namespace }}) allows are taken. At its limit it refuses new ones.",
            },
        ];
    },
};
