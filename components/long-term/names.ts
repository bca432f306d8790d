/** Names of Thanos's workloads: also of their Services and ServiceAccounts. */
export const thanosNames = {
    query: "thanos-query",
    queryFrontend: "thanos-query-frontend",
    store: "thanos-store",
    compact: "thanos-compact",
} as const;
