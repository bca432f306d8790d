import { version } from "@pulumi/random/package.json";
import type { ResourceKind } from "../provider/resource-kind";
import { TableProvider } from "../provider/table-provider";
import type { ProviderPlugin } from "../provider/types";
import { type NoContext, randomBytesKind, randomId, randomPassword, randomStringKind } from "./kinds";

/** Resource types that the stand-in knows, by type token. */
export const randomKinds: Record<string, ResourceKind<NoContext>> = {
    "random:index/randomBytes:RandomBytes": randomBytesKind,
    "random:index/randomId:RandomId": randomId,
    "random:index/randomPassword:RandomPassword": randomPassword,
    "random:index/randomString:RandomString": randomStringKind,
};

/** Stands in for the official plugin `random`. */
export const randomPlugin: ProviderPlugin = {
    name: "random",
    version,
    create: () =>
        new TableProvider<NoContext>({
            name: "random",
            version,
            kinds: randomKinds,
            config: [],
            configure: () => Promise.resolve({}),
        }),
};
