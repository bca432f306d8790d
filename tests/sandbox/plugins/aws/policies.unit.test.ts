import { expect } from "chai";
import { invoke } from "../../../../sandbox/plugins/aws/functions";
import { policyProblem, samePolicy } from "../../../../sandbox/plugins/aws/policies";
import type { Aws } from "../../../../sandbox/plugins/aws/clients";

const aws = { region: "eu-central-1" } as Aws;
const document = (Action: unknown) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action }] });

describe("policy documents of the stand-in for aws", () => {
    it("are the same in any order and with a list of one", () => {
        expect(samePolicy(document(["a", "b"]), document(["b", "a"]))).to.equal(true);
        expect(samePolicy(document("a"), document(["a"]))).to.equal(true);
        expect(samePolicy(document("a"), document("b"))).to.equal(false);
        expect(samePolicy("no JSON", "no JSON")).to.equal(false);
    });

    it("are refused when they are none", () => {
        expect(policyProblem("{")).to.contain("isn't JSON");
        expect(policyProblem("{}")).to.contain("no Statement");
        expect(policyProblem(document("a"))).to.equal(undefined);
    });

    it("are made from their parts by getPolicyDocument", async () => {
        const result = await invoke(
            "aws:iam/getPolicyDocument:getPolicyDocument",
            {
                statements: [
                    {
                        actions: ["s3:GetObject"],
                        resources: ["a", "b"],
                        principals: [{ type: "AWS", identifiers: ["arn"] }],
                        conditions: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
                    },
                ],
            },
            aws,
        );
        expect(JSON.parse(result.json as string)).to.deep.equal({
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Action: "s3:GetObject",
                    Resource: ["a", "b"],
                    Principal: { AWS: "arn" },
                    Condition: { Bool: { "aws:SecureTransport": "false" } },
                },
            ],
        });
    });

    it("know no other function than those of the table", async () => {
        expect((await invoke("aws:index/getRegion:getRegion", {}, aws)).region).to.equal("eu-central-1");
        const message = await invoke("aws:index/getAmi:getAmi", {}, aws).then(String, String);
        expect(message).to.contain("doesn't know the function aws:index/getAmi:getAmi");
    });
});
