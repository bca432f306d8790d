import {
    AttachUserPolicyCommand,
    CreateAccessKeyCommand,
    CreateUserCommand,
    DeleteAccessKeyCommand,
    DeleteUserCommand,
    DeleteUserPermissionsBoundaryCommand,
    DeleteUserPolicyCommand,
    DetachUserPolicyCommand,
    GetAccessKeyLastUsedCommand,
    GetUserCommand,
    GetUserPolicyCommand,
    type IAMClient,
    ListAccessKeysCommand,
    ListAttachedUserPoliciesCommand,
    PutUserPermissionsBoundaryCommand,
    PutUserPolicyCommand,
    type StatusType,
    TagUserCommand,
    UntagUserCommand,
    UpdateAccessKeyCommand,
    UpdateUserCommand,
    type User,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import { type PlainMap } from "../provider/plain";
import { isMadeSince, type Observed, present, type ResourceKind, text } from "../provider/resource-kind";
import { Secret } from "../provider/types";
import { attempt, find, remove } from "./calls";
import type { Aws } from "./clients";
import { checkPolicy, nameRule, policyRule, splitId } from "./iam-common";
import { allTags, fromTags, goneTags, ownTags, tagsRule, toTags } from "./tags";

function userOutputs(user: User | undefined, tagsAll: Record<string, string>): PlainMap {
    return { ...present({ arn: user?.Arn, uniqueId: user?.UserId }), tagsAll };
}

async function setBoundary(iam: IAMClient, user: string, boundary: string): Promise<void> {
    await attempt(
        `setting the permissions boundary of IAM User (${user})`,
        boundary === ""
            ? iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: user }))
            : iam.send(new PutUserPermissionsBoundaryCommand({ UserName: user, PermissionsBoundary: boundary })),
    );
}

async function deleteKeys(iam: IAMClient, user: string): Promise<void> {
    const { AccessKeyMetadata: keys = [] } = await iam.send(new ListAccessKeysCommand({ UserName: user }));
    for (const { AccessKeyId } of keys) {
        await iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId }));
    }
}

export const user: ResourceKind<Aws> = {
    inputs: {
        name: nameRule,
        path: { default: "/", shape: z.string() },
        permissionsBoundary: { shape: z.string() },
        forceDestroy: { default: false, shape: z.boolean(), unreadable: true },
        tags: tagsRule,
    },
    outputs: ["arn", "uniqueId", "tagsAll"],
    name: { input: "name" },
    madeAt: async (name, aws) =>
        (await find(`reading IAM User (${name})`, aws.iam.send(new GetUserCommand({ UserName: name }))))?.User
            ?.CreateDate,
    create: async (inputs, aws) => {
        const name = text(inputs.name);
        const tags = allTags(inputs.tags, aws);
        const boundary = text(inputs.permissionsBoundary);
        const { User: created } = await attempt(
            `creating IAM User (${name})`,
            aws.iam.send(
                new CreateUserCommand({
                    UserName: name,
                    Path: text(inputs.path),
                    Tags: toTags(tags),
                    ...(boundary === "" ? {} : { PermissionsBoundary: boundary }),
                }),
            ),
        );
        return { id: name, outputs: userOutputs(created, tags) };
    },
    read: async (id, state, aws) => {
        const name = typeof state.name === "string" ? state.name : id;
        const found = await find(`reading IAM User (${name})`, aws.iam.send(new GetUserCommand({ UserName: name })));
        if (found?.User === undefined) {
            return undefined;
        }
        const tags = fromTags(found.User.Tags);
        return {
            id: name,
            inputs: present({
                name,
                path: found.User.Path,
                permissionsBoundary: found.User.PermissionsBoundary?.PermissionsBoundaryArn,
                ...ownTags(tags, aws),
            }),
            outputs: userOutputs(found.User, tags),
        };
    },
    update: async (id, inputs, olds, aws) => {
        const [before, name, path] = [text(olds.name) || id, text(inputs.name), text(inputs.path)];
        if (before !== name || olds.path !== path) {
            await attempt(
                `updating IAM User (${before})`,
                aws.iam.send(new UpdateUserCommand({ UserName: before, NewUserName: name, NewPath: path })),
            );
        }
        if (text(olds.permissionsBoundary) !== text(inputs.permissionsBoundary)) {
            await setBoundary(aws.iam, name, text(inputs.permissionsBoundary));
        }
        const tags = allTags(inputs.tags, aws);
        const gone = goneTags(olds.tags, tags, aws);
        const what = `setting the tags of IAM User (${name})`;
        if (gone.length > 0) {
            await attempt(what, aws.iam.send(new UntagUserCommand({ UserName: name, TagKeys: gone })));
        }
        if (Object.keys(tags).length > 0) {
            await attempt(what, aws.iam.send(new TagUserCommand({ UserName: name, Tags: toTags(tags) })));
        }
        const { User: now } = await attempt(
            `reading IAM User (${name})`,
            aws.iam.send(new GetUserCommand({ UserName: name })),
        );
        return userOutputs(now, tags);
    },
    delete: async (id, state, aws) => {
        const name = text(state.name) || id;
        if (state.forceDestroy === true) {
            await remove(`removing IAM User (${name}) access keys`, deleteKeys(aws.iam, name));
        }
        await remove(`deleting IAM User (${name})`, aws.iam.send(new DeleteUserCommand({ UserName: name })));
    },
};

async function putUserPolicy(inputs: PlainMap, aws: Aws, doing: string): Promise<string> {
    const [UserName, PolicyName] = [text(inputs.user), text(inputs.name)];
    await attempt(
        `${doing} IAM User Policy (${UserName}:${PolicyName})`,
        aws.iam.send(new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: text(inputs.policy) })),
    );
    return `${UserName}:${PolicyName}`;
}

export const userPolicy: ResourceKind<Aws> = {
    inputs: {
        user: { required: true, replaces: true, shape: z.string().min(1) },
        name: { ...nameRule, replaces: true },
        policy: policyRule,
    },
    outputs: [],
    name: { input: "name" },
    check: checkPolicy("policy"),
    create: async (inputs, aws) => ({ id: await putUserPolicy(inputs, aws, "creating"), outputs: {} }),
    read: async (id, _state, aws) => {
        const [UserName, PolicyName] = splitId("IAM User Policy", id, ":");
        const found = await find(
            `reading IAM User Policy (${id})`,
            aws.iam.send(new GetUserPolicyCommand({ UserName, PolicyName })),
        );
        const document = found?.PolicyDocument;
        return document === undefined
            ? undefined
            : { id, inputs: { user: UserName, name: PolicyName, policy: decodeURIComponent(document) }, outputs: {} };
    },
    update: async (_id, inputs, _olds, aws) => {
        await putUserPolicy(inputs, aws, "updating");
        return {};
    },
    delete: (id, _state, aws) => {
        const [UserName, PolicyName] = splitId("IAM User Policy", id, ":");
        return remove(
            `deleting IAM User Policy (${id})`,
            aws.iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
        );
    },
};

export const userPolicyAttachment: ResourceKind<Aws> = {
    inputs: {
        user: { required: true, replaces: true, shape: z.string().min(1) },
        policyArn: { required: true, replaces: true, shape: z.string().startsWith("arn:") },
    },
    outputs: [],
    create: async (inputs, aws) => {
        const [UserName, PolicyArn] = [text(inputs.user), text(inputs.policyArn)];
        await attempt(
            `attaching IAM Policy (${PolicyArn}) to IAM User (${UserName})`,
            aws.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })),
        );
        return { id: `${UserName}/${PolicyArn}`, outputs: {} };
    },
    read: async (id, _state, aws) => {
        const [UserName, PolicyArn] = splitId("IAM User Policy Attachment", id, "/");
        const found = await find(
            `reading IAM User Policy Attachment (${id})`,
            aws.iam.send(new ListAttachedUserPoliciesCommand({ UserName })),
        );
        const attached = found?.AttachedPolicies?.some((policy) => policy.PolicyArn === PolicyArn) === true;
        return attached ? { id, inputs: { user: UserName, policyArn: PolicyArn }, outputs: {} } : undefined;
    },
    delete: (id, _state, aws) => {
        const [UserName, PolicyArn] = splitId("IAM User Policy Attachment", id, "/");
        return remove(
            `detaching IAM Policy (${PolicyArn}) from IAM User (${UserName})`,
            aws.iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn })),
        );
    },
};

async function ownerOf(id: string, aws: Aws): Promise<string | undefined> {
    const found = await find(
        `reading IAM Access Key (${id})`,
        aws.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id })),
    );
    return found?.UserName;
}

async function readKey(id: string, owner: string, secret: string | undefined, aws: Aws): Promise<Observed | undefined> {
    const found = await find(
        `reading IAM Access Key (${id})`,
        aws.iam.send(new ListAccessKeysCommand({ UserName: owner })),
    );
    const key = found?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
    return key === undefined
        ? undefined
        : {
              id,
              inputs: present({ user: owner, status: key.Status }),
              outputs: present({ createDate: key.CreateDate?.toISOString(), secret }),
          };
}

export const accessKey: ResourceKind<Aws> = {
    inputs: {
        user: { required: true, replaces: true, shape: z.string().min(1) },
        status: { default: "Active", shape: z.enum(["Active", "Inactive"]) },
    },
    outputs: ["createDate", "secret"],
    secretOutputs: ["secret"],
    // A key is told once: one that nobody received opens nothing, and would keep its user from being deleted.
    abandon: async (inputs, aws, since) => {
        const UserName = text(inputs.user);
        const what = `reading the IAM Access Keys of IAM User (${UserName})`;
        const found = await find(what, aws.iam.send(new ListAccessKeysCommand({ UserName })));
        for (const { AccessKeyId, CreateDate } of found?.AccessKeyMetadata ?? []) {
            if (isMadeSince(CreateDate, since)) {
                await remove(
                    `deleting IAM Access Key (${AccessKeyId ?? ""})`,
                    aws.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })),
                );
            }
        }
    },
    create: async (inputs, aws) => {
        const owner = text(inputs.user);
        const what = `creating IAM Access Key (${owner})`;
        const { AccessKey: key } = await attempt(what, aws.iam.send(new CreateAccessKeyCommand({ UserName: owner })));
        const id = key?.AccessKeyId ?? "";
        if (inputs.status === "Inactive") {
            await attempt(
                what,
                aws.iam.send(new UpdateAccessKeyCommand({ UserName: owner, AccessKeyId: id, Status: "Inactive" })),
            );
        }
        return {
            id,
            outputs: present({ createDate: key?.CreateDate?.toISOString(), secret: key?.SecretAccessKey }),
        };
    },
    read: async (id, state, aws) => {
        const owner = typeof state.user === "string" ? state.user : await ownerOf(id, aws);
        // The service tells the secret once: later only the state has it.
        const known = state.secret instanceof Secret ? state.secret.value : state.secret;
        return owner === undefined ? undefined : readKey(id, owner, typeof known === "string" ? known : undefined, aws);
    },
    update: async (id, inputs, _olds, aws) => {
        await attempt(
            `updating IAM Access Key (${id})`,
            aws.iam.send(
                new UpdateAccessKeyCommand({
                    UserName: text(inputs.user),
                    AccessKeyId: id,
                    Status: text(inputs.status) as StatusType,
                }),
            ),
        );
        return {};
    },
    delete: (id, state, aws) =>
        remove(
            `deleting IAM Access Key (${id})`,
            aws.iam.send(new DeleteAccessKeyCommand({ UserName: text(state.user), AccessKeyId: id })),
        ),
};
