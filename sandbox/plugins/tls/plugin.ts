import { version } from "@pulumi/tls/package.json";
import type { ResourceKind } from "../provider/resource-kind";
import { TableProvider } from "../provider/table-provider";
import type { ProviderPlugin } from "../provider/types";
import { certRequest, locallySignedCert, type NoContext, privateKey, selfSignedCert } from "./kinds";

/** Resource types that the stand-in knows, by type token. */
export const tlsKinds: Record<string, ResourceKind<NoContext>> = {
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
};

/** Stands in for the official plugin `tls`. */
export const tlsPlugin: ProviderPlugin = {
    name: "tls",
    version,
    create: () =>
        new TableProvider<NoContext>({
            name: "tls",
            version,
            kinds: tlsKinds,
            config: [],
            configure: () => Promise.resolve({}),
        }),
};
