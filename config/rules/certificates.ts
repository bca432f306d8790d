import { wrong, type Problem } from "../problems";
import type { CertificatesSettings } from "../schema";
import { parseDuration } from "../units";
import { rule, when, type Rule } from "./rule";

const HOUR = 3_600_000;

function times({ validity, renewBefore }: CertificatesSettings): Problem[] {
    return [
        ...(["validity", "renewBefore"] as const).flatMap((field) => {
            const given = field === "validity" ? validity : renewBefore;
            const hours = parseDuration(given) / HOUR;
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
