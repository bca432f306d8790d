export { benchImages, catalog, findEntry, sandboxImages, substitutions, whyNot, type Substitution } from "./catalog";
export { ensureImageTools, type ImageOrigins, type ImageToolsOptions } from "./ensure-image-tools";
export { substitutionsAmong, type RunningImage } from "./made-here";
export { ensureRegistry, registryDaemonName, type Registry, type RegistryOptions } from "./registry/daemon";
