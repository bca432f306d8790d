import {
    CreatePolicyCommand,
    CreatePolicyVersionCommand,
    DeletePolicyCommand,
    DeletePolicyVersionCommand,
    GetPolicyCommand,
    GetPolicyVersionCommand,
    type IAMClient,
    ListPolicyVersionsCommand,
    type Policy,
    TagPolicyCommand,
    UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import type { PlainMap } from "../provider/plain";
import { present, type ResourceKind, text } from "../provider/resource-kind";
import { attempt, find, remove } from "./calls";
import type { Aws } from "./clients";
import { checkPolicy, nameRule, policyRule } from "./iam-common";
import { samePolicy } from "./policies";
import { allTags, fromTags, goneTags, ownTags, tagsRule, toTags } from "./tags";

/** IAM keeps so many versions of a policy; for one more, the oldest has to go. */
const MAX_VERSIONS = 5;

function policyOutputs(policy: Policy | undefined, tagsAll: Record<string, string>): PlainMap {
    return {
        ...present({ arn: policy?.Arn, policyId: policy?.PolicyId, attachmentCount: policy?.AttachmentCount }),
        tagsAll,
    };
}

async function otherVersions(iam: IAMClient, PolicyArn: string): Promise<string[]> {
    const { Versions: versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    return versions
        .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
        .sort((a, b) => (a.CreateDate?.getTime() ?? 0) - (b.CreateDate?.getTime() ?? 0))
        .flatMap(({ VersionId }) => (VersionId === undefined ? [] : [VersionId]));
}

async function putVersion(iam: IAMClient, PolicyArn: string, document: string): Promise<void> {
    const versions = await otherVersions(iam, PolicyArn);
    const [oldest] = versions;
    if (oldest !== undefined && versions.length + 1 >= MAX_VERSIONS) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: oldest }));
    }
    await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document, SetAsDefault: true }));
}

async function deleteAll(iam: IAMClient, PolicyArn: string): Promise<void> {
    for (const VersionId of await otherVersions(iam, PolicyArn)) {
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    }
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
}

export const policy: ResourceKind<Aws> = {
    inputs: {
        name: { ...nameRule, replaces: true },
        path: { default: "/", replaces: true, shape: z.string() },
        description: { default: "", replaces: true, shape: z.string() },
        policy: policyRule,
        tags: tagsRule,
    },
    outputs: ["arn", "attachmentCount", "policyId", "tagsAll"],
    name: { input: "name" },
    check: checkPolicy("policy"),
    create: async (inputs, aws) => {
        const name = text(inputs.name);
        const tags = allTags(inputs.tags, aws);
        const { Policy: created } = await attempt(
            `creating IAM Policy (${name})`,
            aws.iam.send(
                new CreatePolicyCommand({
                    PolicyName: name,
                    Path: text(inputs.path),
                    Description: text(inputs.description),
                    PolicyDocument: text(inputs.policy),
                    Tags: toTags(tags),
                }),
            ),
        );
        return { id: created?.Arn ?? "", outputs: policyOutputs(created, tags) };
    },
    read: async (id, _state, aws) => {
        const what = `reading IAM Policy (${id})`;
        const found = await find(what, aws.iam.send(new GetPolicyCommand({ PolicyArn: id })));
        if (found?.Policy === undefined) {
            return undefined;
        }
        const { PolicyVersion: version } = await attempt(
            what,
            aws.iam.send(new GetPolicyVersionCommand({ PolicyArn: id, VersionId: found.Policy.DefaultVersionId })),
        );
        const tags = fromTags(found.Policy.Tags);
        return {
            id,
            inputs: present({
                name: found.Policy.PolicyName,
                path: found.Policy.Path,
                description: found.Policy.Description ?? "",
                policy: decodeURIComponent(version?.Document ?? ""),
                ...ownTags(tags, aws),
            }),
            outputs: policyOutputs(found.Policy, tags),
        };
    },
    update: async (id, inputs, olds, aws) => {
        const what = `updating IAM Policy (${id})`;
        if (!samePolicy(text(olds.policy), text(inputs.policy))) {
            await attempt(what, putVersion(aws.iam, id, text(inputs.policy)));
        }
        const tags = allTags(inputs.tags, aws);
        const gone = goneTags(olds.tags, tags, aws);
        if (gone.length > 0) {
            await attempt(what, aws.iam.send(new UntagPolicyCommand({ PolicyArn: id, TagKeys: gone })));
        }
        if (Object.keys(tags).length > 0) {
            await attempt(what, aws.iam.send(new TagPolicyCommand({ PolicyArn: id, Tags: toTags(tags) })));
        }
        return { tagsAll: tags };
    },
    delete: (id, _state, aws) => remove(`deleting IAM Policy (${id})`, deleteAll(aws.iam, id)),
};
