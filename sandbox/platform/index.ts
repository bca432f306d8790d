export { platformStatus, startPlatform, stopPlatform } from "./platform";
export type { ComponentStatus, Platform, PlatformOptions } from "./platform";
export { adminKubeconfig } from "./settings";
export { platformTools, type PlatformTools } from "./settings";
export { checkUserCluster } from "./user-cluster";
export type { UserCluster } from "./user-cluster";
