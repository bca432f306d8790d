import { wrong, type Problem } from "../problems";
import type { CertificatesSettings } from "../schema";
import { hoursOf, parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

function times({ validity, renewBefore }: CertificatesSettings): Problem[] {
    return [
        ...(["validity", "renewBefore"] as const).flatMap((field) => {
            const given = field === "validity" ? validity : renewBefore;
            const hours = hoursOf(given);
            return when(hours < 1 || !Number.isInteger(hours), () =>
                wrong(`certificates.${field}`, given, "whole hours, at least one, such as 2160h or 90d"),
            );
        }),
        ...when(parseDuration(renewBefore) >= parseDuration(validity), () =>
            wrong(
                "certificates.renewBefore",
                renewBefore,
                `less than certificates.validity, ${validity}: else every certificate is due when it is made`,
            ),
        ),
    ];
}

export const certificateRules: readonly Rule[] = [rule(["certificates"], ({ certificates }) => times(certificates))];
