import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1Service } from "@kubernetes/client-node";
import { expect } from "chai";
import { ingressClasses, storageClasses } from "../../../sandbox/platform/classes";
import { ingressActions, serviceActions } from "../../../sandbox/platform/ingress-points";
import { simulatedNode } from "../../../sandbox/platform/nodes";
import { platformLabel, simulatedLayout } from "../../../sandbox/platform/settings";
import { VolumeFolders } from "../../../sandbox/platform/volume-folders";
import { storageActions } from "../../../sandbox/platform/volumes";
import { ingress, loadBalancer } from "../support/objects";

const classes = storageClasses(["longhorn", "local-path", "gp3", "openebs-hostpath"]);
const nodes = [0, 1, 2].map((index) => simulatedNode(index, "v1.36.1"));

interface ClaimOptions {
    nodeName?: string;
    phase?: string;
    capacity?: string;
    accessMode?: string;
    volumeName?: string;
}

function claim(storageClassName: string, options: ClaimOptions = {}): V1PersistentVolumeClaim {
    const { nodeName, phase = "Pending", capacity, accessMode = "ReadWriteOnce", volumeName } = options;
    return {
        metadata: {
            namespace: "n",
            name: "data",
            uid: "u",
            annotations: nodeName === undefined ? {} : { "volume.kubernetes.io/selected-node": nodeName },
        },
        spec: { storageClassName, volumeName, accessModes: [accessMode], resources: { requests: { storage: "5Gi" } } },
        status: { phase, capacity: capacity === undefined ? undefined : { storage: capacity } },
    };
}

function actions(claims: V1PersistentVolumeClaim[], volumes: V1PersistentVolume[] = []) {
    return storageActions({ classes, claims, volumes, nodes });
}

function volume(phase: string, policy = "Delete", labels: Record<string, string> = platformLabel): V1PersistentVolume {
    return {
        metadata: { name: "pvc-u", labels },
        spec: { persistentVolumeReclaimPolicy: policy },
        status: { phase },
    };
}

describe("the simulated storage drivers", () => {
    it("have one default class, and those asked for as their real drivers make them", () => {
        const table = classes.map(({ metadata, volumeBindingMode, allowVolumeExpansion }) => [
            metadata?.name,
            metadata?.annotations?.["storageclass.kubernetes.io/is-default-class"],
            volumeBindingMode,
            allowVolumeExpansion,
        ]);
        expect(table).eql([
            ["standard", "true", "WaitForFirstConsumer", true],
            ["longhorn", "false", "Immediate", true],
            ["local-path", "false", "WaitForFirstConsumer", false],
            ["gp3", "false", "WaitForFirstConsumer", true],
            ["openebs-hostpath", "false", "WaitForFirstConsumer", false],
        ]);
    });

    it("make a volume at once or when a pod has its node, as the class says", () => {
        expect(actions([claim("longhorn")])).length(1);
        expect(actions([claim("gp3")])).eql([]);
        expect(actions([claim("gp3", { nodeName: "sandbox-2" })])).length(1);
        expect(actions([claim("foreign", { nodeName: "sandbox-2" })])).eql([]);
        expect(actions([claim("longhorn")], [volume("Available")])).eql([]);
    });

    it("tie a volume to its node or zone where the real ones do", () => {
        const valueOf = (name: string): unknown => {
            const [action] = actions([claim(name, { nodeName: "sandbox-2" })]);
            const spec = action?.kind === "create" ? action.volume.spec : undefined;
            return spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values;
        };
        expect(valueOf("local-path")).eql(["sandbox-2"]);
        expect(valueOf("gp3")).eql(["sandbox-b"]);
        expect(valueOf("longhorn")).equals(undefined);
    });

    it("refuse to share a volume that can't be shared", () => {
        const shared = { accessMode: "ReadWriteMany", nodeName: "sandbox-1" };
        expect(actions([claim("gp3", shared)])).eql([]);
        expect(actions([claim("longhorn", shared)])).length(1);
    });

    it("grow a bound volume to what its claim asks", () => {
        const bound = { phase: "Bound", volumeName: "pvc-u" };
        const resize = { kind: "resize", volume: "pvc-u", namespace: "n", claim: "data", size: "5Gi" };
        expect(actions([claim("longhorn", { ...bound, capacity: "4Gi" })], [volume("Bound")])).eql([resize]);
        expect(actions([claim("longhorn", { ...bound, capacity: "5Gi" })], [volume("Bound")])).eql([]);
        expect(actions([claim("local-path", { ...bound, capacity: "4Gi" })], [volume("Bound")])).eql([]);
    });

    it("delete a released volume of their own, if its policy says so", () => {
        expect(actions([], [volume("Released")])).eql([{ kind: "delete", volume: "pvc-u" }]);
        expect(actions([], [volume("Bound")])).eql([]);
        expect(actions([], [volume("Released", "Retain")])).eql([]);
        expect(actions([], [volume("Released", "Delete", {})])).eql([]);
    });
});

describe("the volumes of a real node", () => {
    const folders = { pathOf: (volume: string) => `/volumes/${volume}` };

    it("are folders, whatever the storage class plays elsewhere", () => {
        const made = ["longhorn", "gp3", "local-path"].flatMap((storageClass) =>
            storageActions(
                { classes, claims: [claim(storageClass, { nodeName: "sandbox-1" })], volumes: [], nodes },
                folders,
            ),
        );
        const sources = made.map((action) => (action.kind === "create" ? action.volume.spec?.hostPath : undefined));
        const folder = { path: "/volumes/pvc-u", type: "Directory" };
        expect(sources).eql([folder, folder, folder]);
    });

    it("have no driver, so that nothing waits for one", () => {
        const [made] = storageActions({ classes, claims: [claim("longhorn")], volumes: [], nodes }, folders);
        expect(made?.kind === "create" && made.volume.spec?.csi).equals(undefined);
    });

    it("go when nobody has them any more, those that others still have stay", async () => {
        const root = fs.mkdtempSync(path.join(os.tmpdir(), "perch-volumes-"));
        try {
            const real = new VolumeFolders(root);
            await Promise.all([real.make("pvc-a"), real.make("pvc-b")]);
            expect(fs.statSync(real.pathOf("pvc-a")).mode & 0o777).equals(0o777);
            await real.removeOthers(["pvc-b"]);
            expect(fs.readdirSync(root)).eql(["pvc-b"]);
            await real.remove("pvc-b");
            expect(fs.readdirSync(root)).eql([]);
        } finally {
            fs.rmSync(root, { recursive: true });
        }
    });

    it("are none before the first one is made", async () => {
        await new VolumeFolders("/nonexistent/volumes").removeOthers([]);
    });
});

describe("the simulated load balancers and ingress controllers", () => {
    const { external } = simulatedLayout;

    function withAddress(service: V1Service, ip: string): V1Service {
        service.status = { loadBalancer: { ingress: [{ ip }] } };
        return service;
    }

    it("give each LoadBalancer Service an address that no other has", () => {
        const services = [
            withAddress(loadBalancer("n", "a"), "203.0.113.20"),
            loadBalancer("n", "b"),
            loadBalancer("n", "c"),
        ];
        expect(serviceActions(services, external).map(({ name, ip }) => [name, ip])).eql([
            ["b", "203.0.113.21"],
            ["c", "203.0.113.22"],
        ]);
    });

    it("take the address of a Service that is none any more, and leave classes of others alone", () => {
        const changed = withAddress(loadBalancer("n", "a"), "203.0.113.20");
        changed.spec!.type = "ClusterIP";
        expect(serviceActions([changed], external)).eql([
            { kind: "Service", namespace: "n", name: "a", ip: undefined },
        ]);
        const foreign = loadBalancer("n", "b");
        foreign.spec!.loadBalancerClass = "x/y";
        expect(serviceActions([foreign], external)).eql([]);
    });

    it("give an Ingress the address of its class's controller, that of the default class without one", () => {
        const points = ingressActions(
            [ingress("n", "a", "traefik"), ingress("n", "b", "nginx"), ingress("n", "c"), ingress("n", "d", "haproxy")],
            ingressClasses(),
            external,
        );
        expect(points.map(({ name, ip }) => [name, ip])).eql([
            ["a", "203.0.113.1"],
            ["b", "203.0.113.2"],
            ["c", "203.0.113.1"],
        ]);
    });
});

describe("the simulated nodes", () => {
    it("take turns in three zones and have addresses of their own", () => {
        const four = [0, 1, 2, 3].map((index) => simulatedNode(index, "v1.36.1"));
        expect(four.map(({ metadata }) => metadata?.labels?.["topology.kubernetes.io/zone"])).eql([
            "sandbox-a",
            "sandbox-b",
            "sandbox-c",
            "sandbox-a",
        ]);
        expect(new Set(four.map(({ status }) => status?.addresses?.[0]?.address)).size).equals(4);
    });
});
