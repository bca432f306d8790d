import { expect } from "chai";
import { Loki } from "../../components/logs";
import type { Settings } from "../../config/load";
import { profileNames } from "../../config/profiles";
import type { AreaInput } from "../../config/schema";
import { images } from "../../config/versions";
import { settingsOf } from "../support/config";
import { kubeObjects } from "../support/mocks";
import { bucketWithKeys, type ControllerSpec, deployOnPlatform, settingsWith } from "../support/platform";
import { check } from "./support/check";

const required = { cluster: { name: "test" }, grafana: { host: "grafana.example.com" } };
const keys = ["s3AccessKey", "s3SecretKey", "smtpPassword"];

type Platformed = Parameters<typeof deployOnPlatform>[0] & Pick<Settings, "logs">;

/** What each Loki process is started with: its flags and its file. */
async function processes(settings: Platformed): Promise<{ args: string[]; config: string }[]> {
    const { logs } = settings;
    if (logs.kind === "none") {
        return [];
    }
    const { resources } = await deployOnPlatform(
        settings,
        (platform, opts) =>
            new Loki(
                "loki",
                { platform, settings: logs, images, bucket: bucketWithKeys, jobs: { loki: "loki" } },
                opts,
            ),
    );
    const objects = kubeObjects(resources);
    return objects.flatMap(({ kind, metadata, spec }) => {
        const config = objects.find((o) => o.kind === "ConfigMap" && o.metadata.name === `${metadata.name}-config`);
        const text = (config?.data as Record<string, string> | undefined)?.["config.yaml"];
        return ["StatefulSet", "Deployment"].includes(kind) && text !== undefined
            ? [{ args: (spec as ControllerSpec).template.spec.containers[0]?.args ?? [], config: text }]
            : [];
    });
}

async function verify(settings: Platformed, count: number): Promise<void> {
    const all = await processes(settings);
    expect(all).to.have.length(count);
    for (const { args, config } of all) {
        const here = args.map((arg) => (arg.startsWith("-config.file=") ? "-config.file=config.yaml" : arg));
        expect(await check("loki", [...here, "-verify-config"], { "config.yaml": config })).to.include(
            "config is valid",
        );
    }
}

describe("Loki's configuration, as Loki sees it", function () {
    this.timeout(600_000);

    for (const profile of profileNames) {
        it(`is accepted for profile ${profile}`, async function () {
            const settings = settingsOf({ profile, ...required }, keys);
            if (settings.logs.kind === "none") {
                this.skip();
            }
            await verify(settings, settings.logs.kind === "single" ? 1 : 3);
        });
    }

    for (const [what, logs, count] of [
        ["one process on S3", { kind: "single" }, 1],
        ["one process on a filesystem", { kind: "single", storage: { kind: "filesystem" } }, 1],
        ["three roles", { kind: "simpleScalable" }, 3],
    ] as [string, NonNullable<AreaInput["logs"]>, number][]) {
        it(`is accepted for ${what}`, () => verify(settingsWith({ logs }), count));
    }

    it("would not be accepted with an unknown key", async () => {
        const refused = await check("loki", ["-config.file=config.yaml", "-verify-config"], {
            "config.yaml": "auth_enabled: false\nno_such_key: 1\n",
        }).catch((error: unknown) => (error as Error).message);
        expect(refused).to.include("no_such_key");
    });
});
