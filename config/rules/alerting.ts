import { nearest, oneOf } from "../nearest";
import { wrong, type Problem } from "../problems";
import type { AlertmanagerSettings } from "../schema";
import { rule, when, type Rule } from "./rule";

function unknownReceiver(path: string, name: string, known: readonly string[]): Problem {
    const near = nearest(name, known);
    const expected = known.length === 0 ? "a receiver of alerting.receivers, which has none" : oneOf(known);
    return wrong(path, name, near === undefined ? expected : `${expected}; did you mean ${near}?`);
}

function receivers(alerting: AlertmanagerSettings): Problem[] {
    const known = Object.keys(alerting.receivers);
    const { defaultReceiver } = alerting;
    return [
        ...alerting.routes.flatMap(({ receiver }, index) =>
            when(!known.includes(receiver), () =>
                unknownReceiver(`alerting.routes[${index}].receiver`, receiver, known),
            ),
        ),
        ...when(defaultReceiver !== undefined && !known.includes(defaultReceiver), () =>
            unknownReceiver("alerting.defaultReceiver", defaultReceiver ?? "", known),
        ),
        ...when(defaultReceiver === undefined && known.length > 0, () => ({
            path: "alerting.defaultReceiver",
            message: `missing; expected who gets what no route takes: ${oneOf(known)}`,
        })),
    ];
}

export const alertingRules: readonly Rule[] = [
    rule(["alerting"], ({ alerting }) => (alerting.kind === "none" ? [] : receivers(alerting))),
    rule(["alerting"], ({ alerting }) =>
        alerting.kind === "none"
            ? []
            : when(alerting.smtp === undefined && Object.keys(alerting.receivers).length > 0, () => ({
                  path: "alerting.smtp",
                  message: "missing; expected the mail server of the email receivers: host and from",
              })),
    ),
];
