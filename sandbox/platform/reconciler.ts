import { apiMessage } from "../../cli/kubernetes";

const resyncMs = 10_000;
const settleMs = 20;

/**
 * Brings the cluster to what it shall be, again after each change: at most one run at a time, a change during a run leads to
 * another one, and a failed run is repeated.
 */
export class Reconciler {
    private running = false;
    private again = false;
    private lastComplaint = "";

    constructor(
        private readonly name: string,
        private readonly reconcile: () => Promise<void>,
    ) {
        setInterval(this.trigger, resyncMs);
    }

    /** Asks for a run soon. */
    readonly trigger = (): void => {
        if (this.running) {
            this.again = true;
            return;
        }
        this.running = true;
        // Changes come in groups.
        setTimeout(() => void this.run(), settleMs);
    };

    private async run(): Promise<void> {
        try {
            await this.reconcile();
            this.lastComplaint = "";
        } catch (error) {
            this.complain(apiMessage(error));
        }
        this.running = false;
        if (this.again) {
            this.again = false;
            this.trigger();
        }
    }

    private complain(message: string): void {
        if (message !== this.lastComplaint) {
            this.lastComplaint = message;
            console.error(`${new Date().toISOString()} ${this.name}: ${message}`);
        }
    }
}
