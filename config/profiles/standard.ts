import type { Profile } from "./profile";

/** Ours: the schema's defaults are the choices that we would make today, so there is nothing to change here. */
export const standard: Profile = { settings: {}, absent: [] };
