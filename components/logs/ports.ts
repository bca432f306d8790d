/** Ports that every Loki process listens on. */
export const lokiPorts = { http: 3100, grpc: 9095, memberlist: 7946 } as const;
