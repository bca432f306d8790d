// The least that a program of this size can cost: the SDKs that Perch loads, and as many resources, each of 1 KiB.
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const config = new pulumi.Config();
const count = config.requireNumber("count");
const kibibyte = "x".repeat(1024);

const provider = new k8s.Provider("kubernetes", { clusterIdentifier: "floor", enableServerSideApply: true });
const namespace = new k8s.core.v1.Namespace("floor", { metadata: { name: "perch-floor" } }, { provider });
for (let index = 0; index < count; index += 1) {
    new k8s.core.v1.ConfigMap(
        `map-${index}`,
        { metadata: { name: `map-${index}`, namespace: namespace.metadata.name }, data: { text: kibibyte } },
        { provider },
    );
}

// Loaded, as Perch loads them; nothing of theirs is registered.
export const loaded = [aws, random].length;
