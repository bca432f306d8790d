import * as path from "node:path";
import type { Launch } from "./containers";

/** A place in the container as one below the folder that stands for its root. */
const below = (place: string) => `.${place}`;

/**
 * Arguments of a container that runs in a folder which stands for its root: absolute paths of its mounts become relative
 * ones.
 *
 * @param ports loopback ports by those of the container; @default its own
 */
export function mappedArgs({ args, mounts }: Launch, ports: ReadonlyMap<number, number> = new Map()): string[] {
    const folders = Object.keys(mounts).sort((a, b) => b.length - a.length);
    return args.map((arg) => {
        const [flag = "", value] = /^(--?[^=]+=)(.*)$/s.exec(arg)?.slice(1) ?? ["", arg];
        if (value === undefined) {
            return arg;
        }
        const [scheme = "", place = value] = /^(file:\/\/)(\/.*)$/s.exec(value)?.slice(1) ?? [];
        const mount = folders.find((folder) => place === folder || place.startsWith(`${folder}/`));
        const moved = mount === undefined ? value : scheme + below(place);
        return (
            flag +
            moved.replace(/^(https?:\/\/)?([\w.]*):(\d+)(?=\/|$)/, (whole, scheme: string | undefined, _, port) => {
                const here = ports.get(Number(port));
                return here === undefined ? whole : `${scheme ?? ""}127.0.0.1:${here}`;
            })
        );
    });
}

/** The files of a container's mounts, relative to the folder that stands for its root. */
export function mappedFiles({ mounts }: Launch): Record<string, string> {
    return Object.fromEntries(
        Object.entries(mounts).flatMap(([mount, files]) =>
            Object.entries(files).map(([name, text]) => [path.posix.join(below(mount), name), text]),
        ),
    );
}
