import * as pulumi from "@pulumi/pulumi";
import { ruleFamilies } from "../../rules";
import { Alertmanager, PrometheusRules } from "../alerting";
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
    const { alerting } = settings;
    const families = ruleFamilies(settings, jobs);
    if (families.length > 0) {
        const runbookUrl = alerting.kind === "none" ? undefined : alerting.runbookUrl;
        const aliases = {
            "dead-mans-switch": [formerSwitch(name, parent)],
            slos: [formerSlos(name, "", parent)],
            "slos-ruler": [formerSlos(name, "-ruler", parent)],
        };
        new PrometheusRules(`${name}-rules`, { platform, families, runbookUrl, aliases }, { parent });
    }
}

/** The rule of the dead man's switch was Alertmanager's once: its object stays the same. */
function formerSwitch(stack: string, parent: pulumi.Resource): pulumi.Alias {
    const alertmanager = `${stack}-alertmanager`;
    const name = `${alertmanager}-dead-mans-switch`;
    const owner = pulumi.createUrn(alertmanager, "perch:alerting:Alertmanager", parent.urn);
    return { name, parent: pulumi.createUrn(name, "perch:alerting:DeadMansSwitch", owner) };
}

/** The rules of SLOs were a component of their own once. */
function formerSlos(stack: string, suffix: "" | "-ruler", parent: pulumi.Resource): pulumi.Alias {
    const owner = `${stack}-slos`;
    return { name: `${owner}${suffix}`, parent: pulumi.createUrn(owner, "perch:alerting:SloRules", parent.urn) };
}
