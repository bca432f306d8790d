export {
    daemonNames,
    daemonStatuses,
    ensureDaemon,
    isDaemonAlive,
    launchDaemon,
    logFileOf,
    runningAs,
    stopDaemon,
} from "./daemon";
export type { DaemonOutcome, DaemonSpec, DaemonStatus, LaunchedDaemon, Probe } from "./daemon";
export {
    linkOrCopy,
    readIfExists,
    readJsonIfValid,
    requireFreeSpace,
    writePrivateFile,
    writePrivateFileIfChanged,
} from "./files";
export { withLock } from "./lock";
export type { LockOptions } from "./lock";
export { lastLines } from "./log-file";
export { PortLedger, freePort } from "./ports";
export { isAlive, programOf } from "./process-table";
export type { ProcessIdentity } from "./process-table";
export { httpProbe } from "./probes";
export type { HttpProbeOptions } from "./probes";
export { makeRunFolder, requireAccess, requireOwnRunFolder } from "./run-folder";
export { typescriptProgram } from "./typescript";
