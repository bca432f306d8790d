export { catalog, findEntry, sandboxImages, substitutions, whyNot, type Substitution } from "./catalog";
export { ensureImageTools, type ImageOrigins, type ImageToolsOptions } from "./ensure-image-tools";
export { ensureRegistry, registryDaemonName, type Registry, type RegistryOptions } from "./registry/daemon";
