import { expect } from "chai";
import { defaultMetadata, defaultRetry, renderPipeline } from "../../components/collection/pipeline";
import { check } from "./support/check";

const pipeline = renderPipeline({
    cluster: 'quo"ted',
    pushUrl: "http://loki-gateway.monitoring.svc:80/loki/api/v1/push",
    nodeVariable: "NODE_NAME",
    metadata: defaultMetadata,
    retry: defaultRetry,
});

const validate = (text: string) => check("alloy", ["validate", "config.alloy"], { "config.alloy": text });

describe("Alloy's pipeline, as Alloy sees it", function () {
    // Alloy takes a quarter of an hour to build where it can't be downloaded.
    this.timeout(1_800_000);

    it("K-69 K-70 K-71: is accepted", async () => {
        await validate(pipeline);
    });

    it("is laid out as Alloy does", async () => {
        await check("alloy", ["fmt", "--test", "config.alloy"], { "config.alloy": pipeline });
    });

    it("would not be accepted with an unknown argument", async () => {
        const refused = await validate(pipeline.replace("batch_wait", "batch_weight")).then(
            () => "accepted",
            (error: unknown) => (error as Error).message,
        );
        expect(refused).to.include("batch_weight");
    });
});
