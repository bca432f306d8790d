/** Names of Thanos's workloads: also of their Services and ServiceAccounts. */
export const thanosNames = { query: "thanos-query", store: "thanos-store", compact: "thanos-compact" } as const;
