import { acd } from "./acd";
import { kup6s } from "./kup6s";
import { perch } from "./perch";
import type { Profile } from "./profile";
import { severed } from "./severed";
import { standard } from "./standard";
import { urlshortener } from "./urlshortener";

/** Named defaults that a stack file chooses by `perch:profile`. */
export const profiles = { standard, perch, kup6s, severed, urlshortener, acd } satisfies Record<string, Profile>;

export type ProfileName = keyof typeof profiles;

export const profileNames = Object.keys(profiles) as ProfileName[];

export const DEFAULT_PROFILE: ProfileName = "standard";

export type { Profile } from "./profile";
