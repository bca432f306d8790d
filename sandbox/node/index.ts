export { ensureNamespaces, removeNamespaces, runningNode } from "./namespaces";
export { nodeKubeconfig, startCluster, startServices, statusesOfNode, writeNodeSettings } from "./node";
export { requireNfTables, requireRealNode } from "./preconditions";
export { nodePorts, nodeRunDir, nodeServicePorts } from "./settings";
export { simulationOf } from "./simulated-pods";
