import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { createHash } from "node:crypto";
import { z } from "zod";
import { holdsSecret, plain, type PlainMap, type PlainValue } from "../provider/plain";
import { type PropertyMap, ProviderError, Secret } from "../provider/types";
import { attempt } from "./calls";
import type { Aws } from "./clients";

const texts = z.array(z.string());
const principals = z.array(z.strictObject({ type: z.string(), identifiers: texts }));

const documentSchema = z.strictObject({
    policyId: z.string().optional(),
    version: z.enum(["2008-10-17", "2012-10-17"]).default("2012-10-17"),
    statements: z
        .array(
            z.strictObject({
                sid: z.string().optional(),
                effect: z.enum(["Allow", "Deny"]).default("Allow"),
                actions: texts.optional(),
                notActions: texts.optional(),
                resources: texts.optional(),
                notResources: texts.optional(),
                principals: principals.optional(),
                notPrincipals: principals.optional(),
                conditions: z
                    .array(z.strictObject({ test: z.string(), variable: z.string(), values: texts }))
                    .optional(),
            }),
        )
        .default([]),
});

type Statement = z.output<typeof documentSchema>["statements"][number];

/** A list of one is its item. */
function short(items: string[] | undefined): PlainValue | undefined {
    return items?.length === 1 ? items[0] : items;
}

function principalOf(entries: z.output<typeof principals> | undefined): PlainValue | undefined {
    if (entries === undefined || entries.length === 0) {
        return undefined;
    }
    if (entries.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"))) {
        return "*";
    }
    return Object.fromEntries(entries.map(({ type, identifiers }) => [type, short(identifiers) ?? []]));
}

function conditionOf(entries: Statement["conditions"]): PlainValue | undefined {
    const condition: Record<string, PlainMap> = {};
    for (const { test, variable, values } of entries ?? []) {
        condition[test] = { ...condition[test], [variable]: short(values) ?? [] };
    }
    return Object.keys(condition).length === 0 ? undefined : condition;
}

/** `aws.iam.getPolicyDocument`: a policy document from its parts. */
function getPolicyDocument(args: PlainMap): PlainMap {
    const parsed = documentSchema.safeParse(args);
    if (!parsed.success) {
        throw new ProviderError(
            `aws.iam.getPolicyDocument, as far as the sandbox's stand-in knows it:\n${z.prettifyError(parsed.error)}`,
        );
    }
    const { policyId, version, statements } = parsed.data;
    const document = {
        Version: version,
        Id: policyId,
        Statement: statements.map((statement) => ({
            Sid: statement.sid,
            Effect: statement.effect,
            Action: short(statement.actions),
            NotAction: short(statement.notActions),
            Resource: short(statement.resources),
            NotResource: short(statement.notResources),
            Principal: principalOf(statement.principals),
            NotPrincipal: principalOf(statement.notPrincipals),
            Condition: conditionOf(statement.conditions),
        })),
    };
    const json = JSON.stringify(document, undefined, 2);
    return {
        ...args,
        version,
        id: createHash("sha256").update(json).digest("hex").slice(0, 10),
        json,
        minifiedJson: JSON.stringify(document),
    };
}

async function getCallerIdentity(aws: Aws): Promise<PlainMap> {
    const identity = await attempt("reading the caller's identity", aws.sts.send(new GetCallerIdentityCommand({})));
    const accountId = identity.Account ?? "";
    return { accountId, id: accountId, arn: identity.Arn ?? "", userId: identity.UserId ?? "" };
}

const functions: Record<string, (args: PlainMap, aws: Aws) => PlainMap | Promise<PlainMap>> = {
    "aws:iam/getPolicyDocument:getPolicyDocument": getPolicyDocument,
    "aws:index/getCallerIdentity:getCallerIdentity": (_args, aws) => getCallerIdentity(aws),
    "aws:index/getRegion:getRegion": (args, aws) => {
        const region = typeof args.region === "string" ? args.region : aws.region;
        return { region, name: region, id: region, description: region, endpoint: `ec2.${region}.amazonaws.com` };
    },
    "aws:index/getPartition:getPartition": () => ({
        partition: "aws",
        id: "aws",
        dnsSuffix: "amazonaws.com",
        reverseDnsPrefix: "com.amazonaws",
    }),
};

/** Answers a function of the package. A secret argument makes the whole answer secret. */
export async function invoke(token: string, args: PropertyMap, aws: Aws): Promise<PropertyMap> {
    const answer = functions[token];
    if (answer === undefined) {
        throw new ProviderError(
            `The sandbox's stand-in for the plugin aws doesn't know the function ${token}. ` +
                `It knows: ${Object.keys(functions).join(", ")}.`,
            "unimplemented",
        );
    }
    const result = await answer(plain(args), aws);
    return holdsSecret(args)
        ? Object.fromEntries(Object.entries(result).map(([key, value]) => [key, new Secret(value)]))
        : result;
}
