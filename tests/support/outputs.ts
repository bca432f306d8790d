/** All outputs of a stack that has every part. */
export const outputKeys = [
    "grafanaUrl",
    "grafanaAdminUser",
    "grafanaAdminPassword",
    "namespace",
    "buckets",
    "endpoints",
    "alertUrls",
    "requests",
] as const;
