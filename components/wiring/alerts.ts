import * as pulumi from "@pulumi/pulumi";
import { sloEvaluation } from "../../config/slo-evaluation";
import { ruleFamilies } from "../../rules";
import { Alertmanager, PrometheusRules, SloRules } from "../alerting";
import type { PrometheusOperator } from "../metrics";
import type { Ground, Order } from "./ground";

export function makeAlertmanager(
    { name, parent, settings: { alerting: settings, images }, shared, secrets }: Ground,
    operator: PrometheusOperator,
    transformations: Order,
): Alertmanager | undefined {
    if (settings.kind === "none") {
        return undefined;
    }
    const { smtpPassword, receivers, deadMansSwitchUrl } = secrets;
    const files = { smtpPassword, receiverSecrets: receivers, deadMansSwitchUrl };
    return new Alertmanager(
        `${name}-alertmanager`,
        { ...shared, settings, image: images.alertmanager, operator, ...files },
        { parent, transformations },
    );
}

/** Alerts and recordings of all parts, and those of the service level objectives. */
export function addRules({ name, parent, settings, shared: { platform, jobs } }: Ground): void {
    const { alerting, slos } = settings;
    const families = ruleFamilies(settings, jobs);
    if (families.length > 0) {
        const runbookUrl = alerting.kind === "none" ? undefined : alerting.runbookUrl;
        const aliases = { "dead-mans-switch": [formerSwitch(name, parent)] };
        new PrometheusRules(`${name}-rules`, { platform, families, runbookUrl, aliases }, { parent });
    }
    if (Object.keys(slos).length > 0) {
        new SloRules(`${name}-slos`, { platform, slos, evaluation: sloEvaluation(settings) }, { parent });
    }
}

/** The rule of the dead man's switch was Alertmanager's once: its object stays the same. */
function formerSwitch(stack: string, parent: pulumi.Resource): pulumi.Alias {
    const alertmanager = `${stack}-alertmanager`;
    const name = `${alertmanager}-dead-mans-switch`;
    const owner = pulumi.createUrn(alertmanager, "perch:alerting:Alertmanager", parent.urn);
    return { name, parent: pulumi.createUrn(name, "perch:alerting:DeadMansSwitch", owner) };
}
