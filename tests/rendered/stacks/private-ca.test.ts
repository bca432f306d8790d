import { expect } from "chai";
import { freePort } from "../../../sandbox/processes";
import { caCertificate as otherCa } from "../../support/certificates";
import { answered, settingsOf } from "../../support/config";
import { type KubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { type BucketServer, startBucketServer } from "../support/bucket-server";
import { check, refusal } from "../support/check";
import { contentOf, type Launch, launchesOfImage } from "../support/containers";
import { comesUp, withFile } from "../support/running";

const endpoint = { kind: "compatible", endpoint: "https://s3.internal", region: "here" };
const secrets = ["s3AccessKey", "s3SecretKey", "smtpPassword"];

/** No CA but the one in the file. */
const withoutPublicCas = { SSL_CERT_FILE: "/dev/null", SSL_CERT_DIR: "/nonexistent" };

async function stackWith(caCertificate: string): Promise<KubeObject[]> {
    const settings = settingsOf(
        answered({ ...required, ...given, logs: { kind: "single" }, objectStorage: { ...endpoint, caCertificate } }),
        secrets,
    );
    return kubeObjects((await deployStack(settings)).resources);
}

function launchOf(objects: readonly KubeObject[], image: string, name: string): Launch {
    return launchesOfImage(objects, image).find((launch) => launch.name === name)!;
}

/** Absolute paths in a file, below the folder that stands for the container's root. */
const moved = (launch: Launch, file: string) =>
    withFile(launch, file, (text) => text.replaceAll(/(?<=: )\/(?=etc\/|var\/)/g, "./"));

describe("A private CA of the S3 endpoint, as the clients of the bucket see it", function () {
    this.timeout(600_000);

    let server: BucketServer;
    let env: Record<string, string>;
    let trusted: KubeObject[];
    let distrusted: KubeObject[];
    before(async () => {
        server = await startBucketServer();
        env = { ...server.env, ...withoutPublicCas };
        trusted = await stackWith(server.ca);
        distrusted = await stackWith(otherCa);
    });
    beforeEach(() => (server.requests.length = 0));
    after(() => server.close());

    const asked = () => [...new Set(server.requests.map((request) => request.replace(/^\w+ |[?].*$/g, "")))];

    for (const part of ["store", "compact"]) {
        const thanos = (objects: KubeObject[]) =>
            moved(launchOf(objects, "thanos", `thanos-${part}/thanos-${part}`), "objstore.yaml");

        it(`is all that Thanos ${part} trusts`, async () => {
            await comesUp("thanos", thanos(trusted), env);
            expect(asked()).to.deep.equal(["s3.internal/metrics-thanos-test/"]);
        });

        it(`keeps Thanos ${part} from an endpoint that another CA signed`, async () => {
            await refusal(comesUp("thanos", thanos(distrusted), env));
            expect(asked()).to.deep.equal([]);
        });
    }

    /** The sidecar runs beside a Prometheus of the operator's making: here only its file is read. */
    const listing = (objects: KubeObject[]) => {
        const files = contentOf(objects, "ConfigMap", "thanos-sidecar-objstore");
        const here = Object.fromEntries(
            Object.entries(files).map(([name, text]) => [name, text.replace("/etc/thanos/objstore/", "./")]),
        );
        const keys = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
        return check("thanos", ["tools", "bucket", "ls", "--objstore.config-file=objstore.yaml"], here, {
            env: { ...env, ...keys },
        });
    };

    it("is all that the sidecar's file trusts", async () => {
        await listing(trusted);
        expect(asked()).to.deep.equal(["s3.internal/metrics-thanos-test/"]);
        expect(await refusal(listing(distrusted))).to.include("certificate signed by unknown authority");
    });

    /** Starts Loki, which takes its ports from its file, with free ones on loopback. */
    async function lokiComesUp(objects: KubeObject[]): Promise<string> {
        const launch = moved(launchOf(objects, "loki", "loki/loki"), "config.yaml");
        const http = await freePort();
        const grpc = await freePort(undefined, [http]);
        const flags = [
            "-server.http-listen-address=127.0.0.1",
            `-server.http-listen-port=${http}`,
            "-server.grpc-listen-address=127.0.0.1",
            `-server.grpc-listen-port=${grpc}`,
        ];
        const chosen = new Map(launch.ports.map(({ name, port }) => [port, name === "http" ? http : grpc]));
        return comesUp("loki", { ...launch, args: [...launch.args, ...flags] }, env, chosen);
    }

    it("is all that Loki trusts", async () => {
        await lokiComesUp(trusted);
        expect(asked()).to.not.deep.equal([]);
        expect(asked().filter((url) => !url.startsWith("s3.internal/logs-loki-test/"))).to.deep.equal([]);
    });

    it("keeps Loki from an endpoint that another CA signed", async () => {
        expect(await refusal(lokiComesUp(distrusted))).to.include("certificate signed by unknown authority");
        expect(asked()).to.deep.equal([]);
    });
});
