import { benchNamespace, loadJob, loadPort, generatorName } from "./names";
import { rateOf, targetsFor, type LoadOptions } from "./options";

/** Series that the stack itself has at the most. */
const ownSeries = 50_000;

/** The settings of profile kup6s for the highest rate, as a user would write them. */
export function settingsFor(options: LoadOptions): Record<string, unknown> {
    const targets = targetsFor(Math.max(...options.rates), options);
    return {
        "perch:load": {
            series: targets * options.seriesPerTarget + ownSeries,
            samplesPerSecond: Math.ceil(rateOf(targets, options)),
        },
        "perch:metrics": {
            // As deployed: what the sandbox shortens for tests, so that blocks are uploaded within minutes.
            blockLength: "2h",
            targets: {
                [loadJob]: {
                    kind: "pods",
                    namespace: benchNamespace,
                    labels: { app: generatorName("stack") },
                    port: loadPort.name,
                    interval: `${options.interval}s`,
                },
            },
        },
    };
}
