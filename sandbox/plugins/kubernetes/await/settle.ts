/**
 * Pause after the last change of an Endpoints object before it counts as final: pods may still be joining. The same as the
 * official plugin's; `PERCH_SANDBOX_SETTLE_MS` shortens it for tests.
 */
const SETTLE_MS = 10_000;

const settleMs = (): number => Number(process.env.PERCH_SANDBOX_SETTLE_MS ?? SETTLE_MS);

/** Becomes settled a while after the last change. */
export class Settling {
    public settled = false;
    private timer: NodeJS.Timeout | undefined;

    public constructor(private readonly recheck: () => void) {}

    public changed(): void {
        this.settled = false;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            this.settled = true;
            this.recheck();
        }, settleMs());
        this.timer.unref();
    }
}
