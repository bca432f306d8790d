export { CertificateAuthority, type CertificateAuthorityArgs } from "./authority";
export {
    certificateFiles,
    ServingCertificate,
    type ServingCertificateArgs,
    type TrustedAuthority,
} from "./serving-certificate";
