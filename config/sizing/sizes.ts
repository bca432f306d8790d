import type { DeepPartial } from "../profiles/profile";
import type { AreaInput, AreaSettings } from "../schema";

/** The areas that sizes are made from. */
export type Sized = Pick<AreaSettings, "cluster" | "metrics" | "longTerm" | "logs">;

/** Sizes in the form of a stack file. */
export type Sizes = DeepPartial<Pick<AreaInput, "metrics" | "longTerm" | "logs">>;
