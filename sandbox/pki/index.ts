export { Authority, serviceAccountKeys } from "./authority";
export type { CertificateFiles, CertificateRequest } from "./authority";
