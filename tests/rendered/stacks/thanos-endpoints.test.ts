import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Authority } from "../../../sandbox/pki";
import { freePort } from "../../../sandbox/processes";
import { answered, settingsOf } from "../../support/config";
import { type KubeObject, kubeObjects } from "../../support/mocks";
import { deployStack, given, required } from "../../support/stacks";
import { type Launch, launchesOfImage } from "../support/containers";
import { whileItRuns, whileUp, withFile } from "../support/running";

/** Kubernetes objects of a stack whose Thanos is like this. */
async function objectsWith(longTerm: object): Promise<KubeObject[]> {
    const settings = settingsOf(answered({ ...required, ...given, longTerm: { kind: "thanos", ...longTerm } }));
    return kubeObjects((await deployStack(settings)).resources);
}

const secondsToConnect = 15;

/** What a Query knows of a server that it asks, once it has connected to it or failed for long. */
async function storeOf(port: number, address: string): Promise<{ name: string; lastError: string | null } | undefined> {
    const deadline = Date.now() + secondsToConnect * 1000;
    for (;;) {
        const answer = await fetch(`http://127.0.0.1:${port}/api/v1/stores`);
        const { data } = (await answer.json()) as {
            data: Record<string, { name: string; lastError: string | null }[]>;
        };
        const found = Object.values(data)
            .flat()
            .find(({ name }) => name === address);
        if (found?.lastError === null || Date.now() > deadline) {
            return found;
        }
        await sleep(500);
    }
}

describe("Thanos of another cluster, as Thanos Query reaches it", function () {
    this.timeout(300_000);

    let authority: Authority;
    let clients: Record<string, string>;
    let remote: Launch;
    let port: number;
    let local: Launch;

    before(async () => {
        authority = await Authority.open("east");
        const server = await authority.issue("server", { user: "server", hosts: ["thanos.east"] });
        const client = await authority.issue("client", { user: "client" });
        clients = { "tls.crt": readFileSync(client.cert, "utf8"), "tls.key": readFileSync(client.key, "utf8") };
        port = await freePort();
        const objects = await objectsWith({
            query: {
                endpoints: {
                    east: {
                        addresses: [`127.0.0.1:${port}`],
                        tls: {
                            kind: "verified",
                            caCertificate: authority.certPem,
                            serverName: "thanos.east",
                            clientSecretName: "east-client",
                        },
                    },
                },
            },
        });
        const secret: KubeObject = {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "east-client" },
            stringData: clients,
        };
        const query = launchesOfImage([...objects, secret], "thanos").find(({ name }) =>
            name.startsWith("thanos-query/"),
        )!;
        // The files that it names lie below the folder that stands for the container's root.
        local = withFile(query, "endpoints.yaml", (text) => text.replaceAll(": /etc/thanos/", ": ./etc/thanos/"));
        remote = {
            ...query,
            name: "east",
            mounts: {
                "/tls": {
                    "ca.crt": authority.certPem,
                    "tls.crt": readFileSync(server.cert, "utf8"),
                    "tls.key": readFileSync(server.key, "utf8"),
                },
            },
            args: [
                ...["query", "--http-address=0.0.0.0:10902", "--grpc-address=0.0.0.0:10901"],
                ...[
                    "--grpc-server-tls-cert=/tls/tls.crt",
                    "--grpc-server-tls-key=/tls/tls.key",
                    "--grpc-server-tls-client-ca=/tls/ca.crt",
                ],
            ],
        };
    });

    const asked = (query: Launch) =>
        whileUp(
            "thanos",
            remote,
            () => whileUp("thanos", query, ({ ports }) => storeOf(ports.get(10902) ?? 0, `127.0.0.1:${port}`)),
            {},
            new Map([[10901, port]]),
        );

    it("is asked over TLS, both sides by their certificates", async () => {
        expect(await asked(local)).to.deep.include({ lastError: null });
    });

    it("is shown the client's certificate that is there now: a renewed one takes no restart", async () => {
        const unknown = await (await Authority.open("unknown")).issue("client", { user: "client" });
        const mount = "/etc/thanos/endpoint-clients/east";
        expect(local.mounts).to.include.keys(mount);
        const others = {
            "tls.crt": readFileSync(unknown.cert, "utf8"),
            "tls.key": readFileSync(unknown.key, "utf8"),
        };
        const before = { ...local, mounts: { ...local.mounts, [mount]: others } };
        const address = `127.0.0.1:${port}`;
        const query = () =>
            whileItRuns("thanos", before, {}, async ({ ports, until, write }) => {
                const asked = () => until(() => storeOf(ports.get(10902) ?? 0, address));
                const refused = await asked();
                const renewed = Object.entries(clients).map(([name, text]): [string, string] => [
                    `${mount}/${name}`,
                    text,
                ]);
                await write(Object.fromEntries(renewed));
                return { refused, accepted: await asked() };
            });
        const { refused, accepted } = await whileUp("thanos", remote, query, {}, new Map([[10901, port]]));
        // Query lists nobody whom it hasn't reached yet.
        expect(refused).to.equal(undefined);
        expect(accepted).to.deep.include({ name: address, lastError: null });
    });

    it("would be noticed not answering, with a certificate of another name", async () => {
        const store = await asked(
            withFile(local, "endpoints.yaml", (text) => text.replace("thanos.east", "thanos.west")),
        );
        expect(store?.lastError).to.not.equal(null);
    });
});
