/** A pod that got an address. */
export interface Attachment {
    readonly uid: string;
    readonly address: string;
}

/** The addresses that the container runtime has given to pods, by the sandbox container that holds them. */
export class Attachments {
    private readonly byContainer = new Map<string, Attachment>();

    /** A container got an address: who had it before has it no more. */
    add(container: string, attachment: Attachment): void {
        for (const [other, { address }] of this.byContainer) {
            if (address === attachment.address) {
                this.byContainer.delete(other);
            }
        }
        this.byContainer.delete(container);
        this.byContainer.set(container, attachment);
    }

    /** A container has gone. */
    remove(container: string): void {
        this.byContainer.delete(container);
    }

    /** Address of each pod, by UID; of several sandboxes of a pod the newest counts. */
    byPod(): Map<string, string> {
        return new Map([...this.byContainer.values()].map(({ uid, address }) => [uid, address]));
    }
}
