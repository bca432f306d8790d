import type { AreaInput } from "../schema";

/** A part of a settings object: any field may be left out, lists are whole or absent. */
export type DeepPartial<T> = T extends readonly unknown[]
    ? T
    : T extends object
      ? { [K in keyof T]?: DeepPartial<T[K]> }
      : T;

/** Nothing of Kubernetes itself but the kubelets is scraped: no document names such targets. */
export const noControlPlane = {
    apiServer: false,
    coreDns: false,
    controllerManager: false,
    scheduler: false,
    kubeProxy: false,
    etcd: { kind: "none" },
} satisfies NonNullable<DeepPartial<AreaInput>["metrics"]>["controlPlane"];

/** Named defaults: what one document asks for, or what we would choose. */
export interface Profile {
    /** Values in place of the schema's defaults. */
    readonly settings: DeepPartial<AreaInput>;
    /** What the profile's document has and Perch doesn't build yet, in words for the preview. */
    readonly absent: readonly string[];
    /** Fields that hold an example until the stack file says better; told in the preview while they do. */
    readonly placeholders?: readonly string[];
}
