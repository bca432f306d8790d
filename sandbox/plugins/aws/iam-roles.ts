import {
    AttachRolePolicyCommand,
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePermissionsBoundaryCommand,
    DeleteRolePolicyCommand,
    DetachRolePolicyCommand,
    GetRoleCommand,
    GetRolePolicyCommand,
    type IAMClient,
    ListAttachedRolePoliciesCommand,
    ListRolePoliciesCommand,
    PutRolePermissionsBoundaryCommand,
    PutRolePolicyCommand,
    type Role,
    TagRoleCommand,
    UntagRoleCommand,
    UpdateAssumeRolePolicyCommand,
    UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import type { PlainMap } from "../provider/plain";
import { present, type ResourceKind, text } from "../provider/resource-kind";
import { attempt, find, remove } from "./calls";
import type { Aws } from "./clients";
import { checkPolicy, nameRule, policyRule, splitId } from "./iam-common";
import { samePolicy } from "./policies";
import { allTags, fromTags, goneTags, ownTags, tagsRule, toTags } from "./tags";

function roleOutputs(role: Role | undefined, tagsAll: Record<string, string>): PlainMap {
    return {
        ...present({ arn: role?.Arn, uniqueId: role?.RoleId, createDate: role?.CreateDate?.toISOString() }),
        tagsAll,
    };
}

async function setBoundary(iam: IAMClient, role: string, boundary: string): Promise<void> {
    await attempt(
        `setting the permissions boundary of IAM Role (${role})`,
        boundary === ""
            ? iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: role }))
            : iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: role, PermissionsBoundary: boundary })),
    );
}

async function detachAll(iam: IAMClient, role: string): Promise<void> {
    const { AttachedPolicies: attached = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role }));
    for (const { PolicyArn } of attached) {
        await iam.send(new DetachRolePolicyCommand({ RoleName: role, PolicyArn }));
    }
    const { PolicyNames: names = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: role }));
    for (const PolicyName of names) {
        await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName }));
    }
}

function seconds(inputs: PlainMap): number {
    return typeof inputs.maxSessionDuration === "number" ? inputs.maxSessionDuration : 3600;
}

export const role: ResourceKind<Aws> = {
    inputs: {
        name: { ...nameRule, replaces: true },
        path: { default: "/", replaces: true, shape: z.string() },
        assumeRolePolicy: policyRule,
        description: { default: "", shape: z.string() },
        forceDetachPolicies: { default: false, shape: z.boolean(), unreadable: true },
        maxSessionDuration: { default: 3600, shape: z.number().int().min(3600).max(43_200) },
        permissionsBoundary: { shape: z.string() },
        tags: tagsRule,
    },
    outputs: ["arn", "createDate", "uniqueId", "tagsAll"],
    name: { input: "name" },
    check: checkPolicy("assumeRolePolicy"),
    madeAt: async (name, aws) =>
        (await find(`reading IAM Role (${name})`, aws.iam.send(new GetRoleCommand({ RoleName: name }))))?.Role
            ?.CreateDate,
    create: async (inputs, aws) => {
        const name = text(inputs.name);
        const tags = allTags(inputs.tags, aws);
        const boundary = text(inputs.permissionsBoundary);
        const { Role: created } = await attempt(
            `creating IAM Role (${name})`,
            aws.iam.send(
                new CreateRoleCommand({
                    RoleName: name,
                    Path: text(inputs.path),
                    AssumeRolePolicyDocument: text(inputs.assumeRolePolicy),
                    Description: text(inputs.description),
                    MaxSessionDuration: seconds(inputs),
                    Tags: toTags(tags),
                    ...(boundary === "" ? {} : { PermissionsBoundary: boundary }),
                }),
            ),
        );
        return { id: name, outputs: roleOutputs(created, tags) };
    },
    read: async (id, _state, aws) => {
        const found = await find(`reading IAM Role (${id})`, aws.iam.send(new GetRoleCommand({ RoleName: id })));
        if (found?.Role === undefined) {
            return undefined;
        }
        const tags = fromTags(found.Role.Tags);
        return {
            id,
            inputs: present({
                name: id,
                path: found.Role.Path,
                assumeRolePolicy: decodeURIComponent(found.Role.AssumeRolePolicyDocument ?? ""),
                description: found.Role.Description ?? "",
                maxSessionDuration: found.Role.MaxSessionDuration,
                permissionsBoundary: found.Role.PermissionsBoundary?.PermissionsBoundaryArn,
                ...ownTags(tags, aws),
            }),
            outputs: roleOutputs(found.Role, tags),
        };
    },
    update: async (id, inputs, olds, aws) => {
        const what = `updating IAM Role (${id})`;
        const policy = text(inputs.assumeRolePolicy);
        if (!samePolicy(text(olds.assumeRolePolicy), policy)) {
            await attempt(
                what,
                aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: policy })),
            );
        }
        const settings = { Description: text(inputs.description), MaxSessionDuration: seconds(inputs) };
        await attempt(what, aws.iam.send(new UpdateRoleCommand({ RoleName: id, ...settings })));
        if (text(olds.permissionsBoundary) !== text(inputs.permissionsBoundary)) {
            await setBoundary(aws.iam, id, text(inputs.permissionsBoundary));
        }
        const tags = allTags(inputs.tags, aws);
        const gone = goneTags(olds.tags, tags, aws);
        if (gone.length > 0) {
            await attempt(what, aws.iam.send(new UntagRoleCommand({ RoleName: id, TagKeys: gone })));
        }
        if (Object.keys(tags).length > 0) {
            await attempt(what, aws.iam.send(new TagRoleCommand({ RoleName: id, Tags: toTags(tags) })));
        }
        return { tagsAll: tags };
    },
    delete: async (id, state, aws) => {
        if (state.forceDetachPolicies === true) {
            await remove(`detaching the policies of IAM Role (${id})`, detachAll(aws.iam, id));
        }
        await remove(`deleting IAM Role (${id})`, aws.iam.send(new DeleteRoleCommand({ RoleName: id })));
    },
};

async function putRolePolicy(inputs: PlainMap, aws: Aws, doing: string): Promise<string> {
    const [RoleName, PolicyName] = [text(inputs.role), text(inputs.name)];
    await attempt(
        `${doing} IAM Role Policy (${RoleName}:${PolicyName})`,
        aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: text(inputs.policy) })),
    );
    return `${RoleName}:${PolicyName}`;
}

export const rolePolicy: ResourceKind<Aws> = {
    inputs: {
        role: { required: true, replaces: true, shape: z.string().min(1) },
        name: { ...nameRule, replaces: true },
        policy: policyRule,
    },
    outputs: [],
    name: { input: "name" },
    check: checkPolicy("policy"),
    create: async (inputs, aws) => ({ id: await putRolePolicy(inputs, aws, "creating"), outputs: {} }),
    read: async (id, _state, aws) => {
        const [RoleName, PolicyName] = splitId("IAM Role Policy", id, ":");
        const found = await find(
            `reading IAM Role Policy (${id})`,
            aws.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
        );
        const document = found?.PolicyDocument;
        return document === undefined
            ? undefined
            : { id, inputs: { role: RoleName, name: PolicyName, policy: decodeURIComponent(document) }, outputs: {} };
    },
    update: async (_id, inputs, _olds, aws) => {
        await putRolePolicy(inputs, aws, "updating");
        return {};
    },
    delete: (id, _state, aws) => {
        const [RoleName, PolicyName] = splitId("IAM Role Policy", id, ":");
        return remove(
            `deleting IAM Role Policy (${id})`,
            aws.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })),
        );
    },
};

export const rolePolicyAttachment: ResourceKind<Aws> = {
    inputs: {
        role: { required: true, replaces: true, shape: z.string().min(1) },
        policyArn: { required: true, replaces: true, shape: z.string().startsWith("arn:") },
    },
    outputs: [],
    create: async (inputs, aws) => {
        const [RoleName, PolicyArn] = [text(inputs.role), text(inputs.policyArn)];
        await attempt(
            `attaching IAM Policy (${PolicyArn}) to IAM Role (${RoleName})`,
            aws.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })),
        );
        return { id: `${RoleName}/${PolicyArn}`, outputs: {} };
    },
    read: async (id, _state, aws) => {
        const [RoleName, PolicyArn] = splitId("IAM Role Policy Attachment", id, "/");
        const found = await find(
            `reading IAM Role Policy Attachment (${id})`,
            aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
        );
        const attached = found?.AttachedPolicies?.some((policy) => policy.PolicyArn === PolicyArn) === true;
        return attached ? { id, inputs: { role: RoleName, policyArn: PolicyArn }, outputs: {} } : undefined;
    },
    delete: (id, _state, aws) => {
        const [RoleName, PolicyArn] = splitId("IAM Role Policy Attachment", id, "/");
        return remove(
            `detaching IAM Policy (${PolicyArn}) from IAM Role (${RoleName})`,
            aws.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
        );
    },
};
