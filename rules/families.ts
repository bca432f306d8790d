import type { JobKey } from "../config/jobs";
import { alertmanager } from "./alertmanager";
import { applicationFamilies } from "./applications";
import { type RuleContext, ruleContext, type RuleSettings } from "./context";
import { deadMansSwitch } from "./dead-mans-switch";
import { general } from "./general";
import { grafana } from "./grafana";
import { apiServers, apiServersOfRuler } from "./kubernetes/api-server";
import { kubernetesComponents } from "./kubernetes/components";
import { coreDns } from "./kubernetes/coredns";
import { etcd } from "./kubernetes/etcd";
import { kubelets } from "./kubernetes/kubelets";
import { kubernetesRecordings } from "./kubernetes/recordings";
import { resources } from "./kubernetes/resources";
import { volumes } from "./kubernetes/volumes";
import { workloads } from "./kubernetes/workloads";
import { kubernetesNodes } from "./kubernetes/nodes";
import { memcached } from "./memcached";
import { nodeFilesystems } from "./node/filesystems";
import { nodeHealth } from "./node/health";
import { nodeRecordings } from "./node/recordings";
import { overridden } from "./overrides";
import { blackboxExporter, probes } from "./probes";
import { prometheus } from "./prometheus";
import { prometheusOperator } from "./prometheus-operator";
import { remoteWrite } from "./remote-write";
import { selfMonitoring } from "./self-monitoring";
import { sloFamilies } from "./slo";
import { rulerFromShards, thanos } from "./thanos";
import type { RuleFamily, RuleGroup } from "./types";
import { victoriaMetrics } from "./victoria-metrics";

type Groups = (context: RuleContext) => RuleGroup[];

/** Rules on the cluster, by the name of their PrometheusRule. */
const clusterFamilies: Readonly<Record<string, readonly Groups[]>> = {
    general: [general],
    kubernetes: [kubernetesRecordings, workloads, resources, volumes, kubernetesNodes, kubelets],
    "control-plane": [apiServers, kubernetesComponents, coreDns, etcd],
    "control-plane-ruler": [apiServersOfRuler],
    node: [nodeRecordings, nodeFilesystems, nodeHealth],
};

/** Rules on what a stack file has probed: whoever asks for a probe wants to hear of it. */
const probeFamilies: Readonly<Record<string, readonly Groups[]>> = {
    probes: [probes],
};

/** Rules on the stack itself, by the name of their PrometheusRule. */
const ownFamilies: Readonly<Record<string, readonly Groups[]>> = {
    "self-monitoring": [selfMonitoring],
    prometheus: [prometheus, remoteWrite, prometheusOperator],
    alertmanager: [alertmanager],
    thanos: [thanos],
    "thanos-ruler": [rulerFromShards],
    memcached: [memcached],
    "victoria-metrics": [victoriaMetrics],
    "blackbox-exporter": [blackboxExporter],
    grafana: [grafana],
};

/** Who evaluates those families of which that is certain. */
const evaluators: Readonly<Record<string, RuleFamily["evaluator"]>> = {
    "thanos-ruler": "prometheus",
    "control-plane-ruler": "ruler",
    "slos-ruler": "ruler",
};

/** What the check outside of the cluster hears of, whatever else is on. */
const switchFamilies: Readonly<Record<string, readonly Groups[]>> = {
    "dead-mans-switch": [deadMansSwitch],
};

/** Every rule that this stack ships: only on what it scrapes, with the stack file's changes. */
export function ruleFamilies(settings: RuleSettings, jobs: Readonly<Record<JobKey, string>>): RuleFamily[] {
    const context = ruleContext(settings, jobs);
    const wanted = {
        ...(settings.rules.cluster ? clusterFamilies : {}),
        ...probeFamilies,
        ...(settings.selfMonitoring ? ownFamilies : {}),
        ...switchFamilies,
    };
    const families = Object.entries(wanted).map(([name, parts]) => ({
        name,
        groups: parts.flatMap((part) => part(context)),
    }));
    return [...families, ...applicationFamilies(context), ...sloFamilies(settings)]
        .map(({ name, groups }) => ({
            name,
            groups: overridden(groups, settings.rules.alerts),
            ...(evaluators[name] === undefined ? {} : { evaluator: evaluators[name] }),
        }))
        .filter(({ groups }) => groups.length > 0);
}
