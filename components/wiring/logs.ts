import { Alloy } from "../collection";
import { Loki } from "../logs";
import { after } from "../platform/order";
import type { Ground, Order } from "./ground";

export function makeLoki(
    { name, parent, settings: { logs: settings }, shared, storage }: Ground,
    transformations: Order,
): Loki | undefined {
    if (settings.kind === "none") {
        return undefined;
    }
    const onDisk = settings.kind === "single" && settings.storage.kind === "filesystem";
    const bucket = onDisk ? undefined : storage.access("loki");
    return new Loki(`${name}-loki`, { ...shared, settings, bucket }, { parent, transformations });
}

export function addAlloy({ name, parent, settings: { collection }, shared }: Ground, loki: Loki | undefined): void {
    const { logs: settings } = collection;
    if (settings.kind === "alloy" && loki !== undefined) {
        const args = { ...shared, settings, loki: loki.endpoint };
        new Alloy(`${name}-alloy`, args, { parent, transformations: [after(loki.ready)] });
    }
}
