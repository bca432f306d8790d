export { ensureNamespaces, removeNamespaces, runningNode } from "./namespaces";
export { nodeKubeconfig, startCluster, startServices, statusesOfNode, writeNodeSettings } from "./node";
export { requireCapable, requireRealNode } from "./preconditions";
export { nodeDaemons } from "./plan";
export { nodeNames, nodePorts, nodeRunDir, nodeServicePorts } from "./settings";
export { isImageOf, simulatedImages, simulationOf } from "./simulated-pods";
