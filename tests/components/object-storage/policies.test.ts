import { expect } from "chai";
import type { BucketClient } from "../../../components/object-storage/bucket-access";
import { clientPolicy, clientRights, tlsOnlyPolicy, trustPolicy } from "../../../components/object-storage/policies";

const arn = "arn:aws:s3:::metrics";
const clients = Object.keys(clientRights) as BucketClient[];

function actionsOf(client: BucketClient): string[] {
    return clientPolicy(client, arn).Statement.map((statement) => statement.Action);
}

describe("rights on a bucket", () => {
    it("K-64: give each client exactly what it needs", () => {
        expect(Object.fromEntries(clients.map((client) => [client, actionsOf(client)]))).to.deep.equal({
            "thanos-sidecar": ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
            "thanos-store": ["s3:ListBucket", "s3:GetObject"],
            "thanos-compact": ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "thanos-ruler": ["s3:ListBucket", "s3:GetObject", "s3:PutObject"],
            loki: ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        });
    });

    it("let only the Compactor and Loki delete", () => {
        const deleting = clients.filter((client) => /delete/i.test(JSON.stringify(clientPolicy(client, arn))));
        expect(deleting).to.have.members(["thanos-compact", "loki"]);
    });

    it("name one bucket and its objects, and never a wildcard of actions", () => {
        for (const client of clients) {
            const { Statement } = clientPolicy(client, arn);
            expect(new Set(Statement.map((s) => s.Resource))).to.deep.equal(new Set([arn, `${arn}/*`]));
            expect(Statement.find((s) => s.Action === "s3:ListBucket")?.Resource).to.equal(arn);
            expect(Statement.map((s) => s.Action).join()).not.to.include("*");
        }
    });
});

describe("the policy of a bucket", () => {
    it("refuses plain HTTP, on the bucket and its objects, and allows nobody anything", () => {
        expect(tlsOnlyPolicy(arn).Statement).to.deep.equal([
            {
                Sid: "TlsOnly",
                Effect: "Deny",
                Principal: "*",
                Action: "s3:*",
                Resource: [arn, `${arn}/*`],
                Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
        ]);
    });
});

describe("the trust policy of a role", () => {
    it("admits exactly the given ServiceAccounts of one cluster", () => {
        const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC";
        expect(trustPolicy(provider, "monitoring", ["thanos-store"]).Statement).to.deep.equal([
            {
                Sid: "ServiceAccounts",
                Effect: "Allow",
                Principal: { Federated: provider },
                Action: "sts:AssumeRoleWithWebIdentity",
                Condition: {
                    StringEquals: {
                        "oidc.eks.eu-central-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com",
                        "oidc.eks.eu-central-1.amazonaws.com/id/ABC:sub": [
                            "system:serviceaccount:monitoring:thanos-store",
                        ],
                    },
                },
            },
        ]);
    });
});
