/**
 * The SDK sends the engine four debug messages for each resource, one after the other: three quarters of all its calls. The
 * engine drops them unless it was given `--debug`, which it tells no program. So here they are only sent where the option
 * is given as the CLI's variable, `PULUMI_OPTION_DEBUG=true`.
 */
import { createRequire } from "node:module";

/** `@pulumi/pulumi/log`, whose types don't let a function be replaced. */
interface Log {
    debug: (message: string) => Promise<void>;
}

const log = createRequire(__filename)("@pulumi/pulumi/log") as Log;

const own = log.debug;

/** Spares the messages in this process, unless they were asked for. */
export function spareDebugMessages(): void {
    log.debug = process.env.PULUMI_OPTION_DEBUG === "true" ? own : () => Promise.resolve();
}
