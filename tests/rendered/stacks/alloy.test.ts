import { expect } from "chai";
import { defaultMetadata, defaultRetry, renderPipeline } from "../../../components/collection/pipeline";
import { stacks } from "../../support/stacks";
import { check, refusal } from "../support/check";
import { type Launch, launchesOfImage } from "../support/containers";
import { objectsOf } from "../support/objects";
import { withFile } from "../support/running";

const fileName = "config.alloy";
/** The stack that has no logs. */
const without = "profile acd";

async function alloyOf(stack: string): Promise<Launch[]> {
    return launchesOfImage(await objectsOf(stack), "alloy");
}

function textOf({ mounts }: Launch): string {
    return Object.values(mounts).find((files) => fileName in files)?.[fileName] ?? "";
}

const validate = (launch: Launch) =>
    check("alloy", ["validate", fileName], { [fileName]: textOf(launch) }, { env: launch.env });
const format = (launch: Launch) => check("alloy", ["fmt", fileName], { [fileName]: textOf(launch) });

describe("Alloy in each stack, as Alloy sees it", function () {
    // Alloy takes a quarter of an hour to build where it can't be downloaded.
    this.timeout(1_800_000);

    for (const stack of Object.keys(stacks)) {
        const outcome = stack === without ? "has no Alloy" : "is accepted, and formatted as Alloy would";
        it(`K-69 K-70 K-71 K-73: ${outcome} in ${stack}`, async () => {
            const launches = await alloyOf(stack);
            expect(launches.map(({ name }) => name)).to.deep.equal(stack === without ? [] : ["alloy/alloy"]);
            for (const launch of launches) {
                await validate(launch);
                expect(await format(launch)).to.equal(textOf(launch));
            }
        });
    }

    it("is accepted with quotes in its values", async () => {
        const text = renderPipeline({
            cluster: 'quo"ted\\',
            pods: { namespaces: ["a", "b"], labels: { "x.io/a": '1.0"' } },
            pushUrl: "http://loki-gateway.monitoring.svc:80/loki/api/v1/push",
            nodeVariable: "NODE_NAME",
            metadata: defaultMetadata,
            retry: defaultRetry,
        });
        await check("alloy", ["validate", fileName], { [fileName]: text });
    });

    it("would not be accepted with an unknown argument or a component that isn't there", async () => {
        const [launch] = await alloyOf("dev");
        const changed = (from: string, to: string) => withFile(launch!, fileName, (text) => text.replace(from, to));
        expect(await refusal(validate(changed("batch_wait", "batch_weight")))).to.include("batch_weight");
        expect(await refusal(validate(changed("loki.process.pods", "loki.process.pots")))).to.include("pots");
    });
});
