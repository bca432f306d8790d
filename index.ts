import * as pulumi from "@pulumi/pulumi";
import { useLinearStructs } from "./runtime/linear-structs";
import { sparePromiseTraces } from "./runtime/promise-traces";
import { Monitoring } from "./components/monitoring";
import { makeProviders } from "./components/providers";
import { loadSettings } from "./config/load";

// The CRDs would take google-protobuf seconds.
useLinearStructs();
sparePromiseTraces();

const settings = loadSettings();
for (const part of settings.absent) {
    void pulumi.log.info(`Missing from profile ${settings.profile}: ${part}`);
}

const providers = makeProviders(settings);
const monitoring = new Monitoring(
    settings.stack,
    { settings, crdsProvider: providers.crds },
    {
        providers: [
            providers.kubernetes,
            providers.aws,
            providers.random,
            ...(providers.tls === undefined ? [] : [providers.tls]),
        ],
    },
);

/** Where users find Grafana. */
export const grafanaUrl = monitoring.grafanaUrl;
/** The same of Prometheus; only where it is exposed. */
export const prometheusUrl = monitoring.prometheusUrl;
export const grafanaAdminUser = monitoring.grafanaAdminUser;
/** Secret: `pulumi stack output grafanaAdminPassword --show-secrets`. */
export const grafanaAdminPassword = monitoring.grafanaAdminPassword;
export const namespace = monitoring.namespace;
/** Bucket names by what they hold. */
export const buckets = monitoring.buckets;
/** URLs inside the cluster. */
export const endpoints = monitoring.endpoints;
/** Where applications post alerts of their own: to each of these, Alertmanager's API v2. */
export const alertUrls = monitoring.alertUrls;
/** What all pods together request: CPU in millicores, memory in Mi, volumes in Gi. */
export const requests = monitoring.requests;
/** What `perch:load` was taken for, what follows from it, and which settings say otherwise; only where it is given. */
export const sizing = settings.sizing;
