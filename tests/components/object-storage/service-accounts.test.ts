import { expect } from "chai";
import { Monitoring } from "../../../components/monitoring";
import { roleAnnotation } from "../../../components/object-storage/bucket-access";
import { answered, settingsOf } from "../../support/config";
import { deploy, kubeObjects, plain, type Seen } from "../../support/mocks";

interface Trust {
    Statement: [{ Condition: { StringEquals: Record<string, string | string[]> } }];
}

/** ServiceAccounts that may take a role, by the role's name. */
function trusted(resources: Seen[]): Record<string, string[]> {
    const roles = resources.filter((r) => r.type === "aws:iam/role:Role");
    return Object.fromEntries(
        roles.map((role) => {
            const { name, assumeRolePolicy } = plain(role.inputs) as { name: string; assumeRolePolicy: string };
            const { StringEquals } = (JSON.parse(assumeRolePolicy) as Trust).Statement[0].Condition;
            return [name, [StringEquals["oidc.example.com/id/A:sub"] ?? []].flat()];
        }),
    );
}

/** ServiceAccounts that ask for a role, by the role's name, which ends its ARN. */
function asking(resources: Seen[]): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const { kind, metadata } of kubeObjects(resources)) {
        const arn = metadata.annotations?.[roleAnnotation];
        if (kind === "ServiceAccount" && arn !== undefined) {
            const role = arn.split("/").at(-1) ?? "";
            found[role] = [
                ...(found[role] ?? []),
                `system:serviceaccount:${metadata.namespace ?? ""}:${metadata.name}`,
            ];
        }
    }
    return found;
}

describe("IAM roles for ServiceAccounts", () => {
    it("K-114: admit exactly the ServiceAccounts that ask for them", async () => {
        const settings = settingsOf(
            answered({
                cluster: { name: "test" },
                grafana: { host: "grafana.example.com" },
                metrics: { operator: { crds: "existing" } },
                logs: { kind: "simpleScalable" },
                objectStorage: {
                    kind: "aws",
                    access: {
                        kind: "role",
                        oidcProvider: "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/A",
                    },
                },
            }),
        );
        const { resources } = await deploy(
            (opts) => new Monitoring("stack", { settings, crdsProvider: undefined as never }, opts),
        );
        const sorted = (accounts: Record<string, string[]>) =>
            Object.fromEntries(Object.entries(accounts).map(([role, names]) => [role, [...names].sort()]));
        expect(Object.keys(trusted(resources))).to.have.lengthOf(4);
        expect(sorted(asking(resources))).to.deep.equal(sorted(trusted(resources)));
    });
});
