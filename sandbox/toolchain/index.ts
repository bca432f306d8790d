export { ensureTools, type EnsureOptions } from "./ensure-tools";
export { moduleFiles, type ModuleFolderName } from "./module-files";
export { ensurePackages, findPackages, type UnpackedPackages } from "./debian";
export { consoleReporter, LineReporter, type PlannedTool, type Reporter } from "./reporter";
export { findOnPath } from "./on-path";
export { versions } from "./sources";
export { findStored } from "./store";
export { isToolName, toolNames, toolOf, tools, type BuiltToolName, type Tool, type ToolName } from "./tools";
export { activeWorkspaces } from "./workspace";
