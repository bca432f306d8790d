import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { useLinearStructs } from "./runtime/linear-structs";
import { sparePromiseTraces } from "./runtime/promise-traces";
import { spareDebugMessages } from "./runtime/debug-messages";
import { makeProviders } from "./components/providers";
import { loadSettings } from "./config/load";

// The CRDs would take google-protobuf seconds.
useLinearStructs();
sparePromiseTraces();
spareDebugMessages();

/** Deploys the stack. @returns its outputs */
async function main() {
    const settings = loadSettings();
    for (const part of settings.absent) {
        void pulumi.log.info(`Missing from profile ${settings.profile}: ${part}`);
    }

    const providers = makeProviders(settings);
    // They are sent now. Their plugins take the engine a second, one after the other: enough to load all else.
    await setImmediate();
    const { Monitoring } = await import("./components/monitoring.js");
    const monitoring = new Monitoring(
        settings.stack,
        { settings, crdsProvider: providers.crds },
        {
            providers: [
                providers.kubernetes,
                providers.random,
                ...[providers.aws, providers.tls].filter((provider) => provider !== undefined),
            ],
        },
    );
    return {
        /** Where users find Grafana. */
        grafanaUrl: monitoring.grafanaUrl,
        /** The same of Prometheus; only where it is exposed. */
        ...defined({ prometheusUrl: monitoring.prometheusUrl }),
        grafanaAdminUser: monitoring.grafanaAdminUser,
        /** Secret: `pulumi stack output grafanaAdminPassword --show-secrets`. */
        ...defined({ grafanaAdminPassword: monitoring.grafanaAdminPassword }),
        namespace: monitoring.namespace,
        /** Bucket names by what they hold. */
        buckets: monitoring.buckets,
        /** URLs inside the cluster. */
        endpoints: monitoring.endpoints,
        /** Where applications post alerts of their own: to each of these, Alertmanager's API v2. */
        alertUrls: monitoring.alertUrls,
        /** What all pods together request: CPU in millicores, memory in Mi, volumes in Gi. */
        requests: monitoring.requests,
        /** What `perch:load` was taken for, what follows from it, and which settings say otherwise; only where it is given. */
        ...defined({ sizing: settings.sizing }),
    };
}

/** The engine warns of outputs without a value. */
function defined<T extends object>(outputs: T): Partial<T> {
    return Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export = main;
