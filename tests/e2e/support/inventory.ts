import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { crdsFor } from "../../../components/metrics/crd-files";
import { adminKubeconfig } from "../../../sandbox/platform";
import { ensureTools } from "../../../sandbox/toolchain";
import { eventually } from "../../sandbox/support/platform";
import { account } from "./deployment";

/** An object of the cluster, and what tells whether it has been changed or made anew. */
export interface Found {
    /** `<kind> <name>`, or `<kind> <namespace>/<name>`. */
    readonly id: string;
    readonly namespace: string;
    readonly name: string;
    /** Changes with the object's spec or content, not with its status. */
    readonly version: string;
}

/** Kinds whose objects come and go by themselves, or follow from an object of another kind. */
const notCounted = ["APIService", "ComponentStatus", "EndpointSlice", "Endpoints", "Event", "IPAddress", "Lease"];

/** The CRDs of a stack without a Ruler, by name. They outlive it. */
export const stackCrds = crdsFor(false)
    .map((name) => `${name}.monitoring.coreos.com`)
    .sort();

/** {@link stackCrds} as in an inventory. */
export const crdIds = stackCrds.map((name) => `CustomResourceDefinition ${name}`);

const run = promisify(execFile);

/** Runs `kubectl` as the cluster's administrator. @returns its standard output */
export async function kubectl(...args: string[]): Promise<string> {
    const { kubectl: program } = await ensureTools(["kubectl"]);
    const { stdout } = await run(program, ["--kubeconfig", adminKubeconfig, ...args], { maxBuffer: 2 ** 28 });
    return stdout;
}

interface Listed {
    kind: string;
    metadata: { name: string; namespace?: string; uid: string; generation?: number; resourceVersion: string };
}

/** Every object of every kind in the cluster, by its id. */
export async function clusterObjects(): Promise<Map<string, Found>> {
    const kinds = (await kubectl("api-resources", "--verbs=list", "--output=name")).trim().split("\n");
    const { items } = JSON.parse(
        await kubectl("get", kinds.join(","), "--all-namespaces", "--ignore-not-found", "--output=json"),
    ) as { items: Listed[] };
    return new Map(
        items
            .filter(({ kind }) => !notCounted.includes(kind))
            .map(({ kind, metadata: { name, namespace = "", uid, generation, resourceVersion } }): Found => {
                const id = `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
                return { id, namespace, name, version: `${uid} ${generation ?? resourceVersion}` };
            })
            .map((found) => [found.id, found]),
    );
}

/** Kinds that hold data or the keys to it, or whose end takes pods with it. */
const kept = ["PersistentVolumeClaim", "Secret", "StatefulSet"];

/** Secrets that the operator writes anew with each change of a setting. */
const ofTheOperator = /^Secret monitoring\/(prometheus|alertmanager|thanos-ruler)-perch/;

/** The UID of each object that a change of a running stack must leave. */
export async function survivors(): Promise<Record<string, string>> {
    const objects = [...(await clusterObjects()).values()].filter(
        ({ id, namespace }) => namespace !== "" && kept.includes(id.split(" ")[0] ?? "") && !ofTheOperator.test(id),
    );
    return Object.fromEntries(objects.map(({ id, version }) => [id, version.split(" ")[0] ?? ""]));
}

/** Buckets and users of the S3 and IAM API: `bucket <name>` and `user <name>`. */
export async function accountThings(): Promise<string[]> {
    const { s3, iam } = await account();
    const [{ Buckets = [] }, { Users = [] }] = await Promise.all([
        s3().send(new ListBucketsCommand({})),
        iam.send(new ListUsersCommand({})),
    ]);
    return [
        ...Buckets.map(({ Name }) => `bucket ${Name ?? ""}`),
        ...Users.map(({ UserName }) => `user ${UserName ?? ""}`),
    ].sort();
}

/** All that is in the cluster and in the account, by id: compared with itself later. */
export async function everything(): Promise<string[]> {
    return [...(await clusterObjects()).keys(), ...(await accountThings())].sort();
}

/**
 * Waits until exactly these things are there beside those of `before`: controllers take a moment to clear up.
 * @param expected ids, sorted
 */
export async function expectAdded(before: readonly string[], expected: readonly string[]): Promise<void> {
    const known = new Set([...before, ...expected]);
    await eventually(async () => {
        const now = await everything();
        expect(now.filter((id) => !known.has(id))).to.deep.equal([]);
        expect(now).to.include.members([...expected]);
    });
}
