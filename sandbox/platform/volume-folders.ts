import * as fs from "node:fs";
import * as path from "node:path";
import { hasCode } from "../../cli/errors";

/** The folders behind the volumes of a real node, one for each PersistentVolume, under its name. */
export class VolumeFolders {
    /** @param root folder of all volumes; made when the first one is */
    constructor(private readonly root: string) {}

    /** Where the data of a volume are. */
    pathOf(volume: string): string {
        return path.join(this.root, volume);
    }

    /** Makes the folder of a volume. */
    async make(volume: string): Promise<void> {
        const folder = this.pathOf(volume);
        await fs.promises.mkdir(folder, { recursive: true });
        // A hostPath volume isn't given to the pod's fsGroup, so every user may write, as with local-path-provisioner.
        await fs.promises.chmod(folder, 0o777);
    }

    /** Removes a volume with its data. */
    async remove(volume: string): Promise<void> {
        await fs.promises.rm(this.pathOf(volume), { recursive: true, force: true });
    }

    /** Removes what is left of volumes that went while nobody looked. */
    async removeOthers(volumes: readonly string[]): Promise<void> {
        const known = new Set(volumes);
        const present = await fs.promises.readdir(this.root).catch((error: unknown) => {
            if (hasCode(error, "ENOENT")) {
                return [];
            }
            throw error;
        });
        await Promise.all(present.filter((name) => !known.has(name)).map((name) => this.remove(name)));
    }
}
