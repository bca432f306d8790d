/** Labels of Sloth's that name an SLO; its dashboards read them. */
export const sloLabels = {
    id: "sloth_id",
    service: "sloth_service",
    slo: "sloth_slo",
    window: "sloth_window",
} as const;

/** What names an SLO in all of the stack: the value of `sloth_id`, and the end of its groups' names. */
export const sloId = (service: string, name: string): string => `${service}-${name}`;

/** Days over which an objective holds. */
export const SLO_PERIOD_DAYS = 30;

/** How long an objective holds; the recordings over it are there from that time on. */
export const sloPeriod = `${SLO_PERIOD_DAYS}d`;

/**
 * Pairs of windows, each with how many times faster than it lasts the budget burns: 2 % of 30 days' budget in an hour,
 * 5 % in six, 10 % in a day or three. The short window ends the alert soon after the burning does.
 */
export const burns = {
    critical: [
        { short: "5m", long: "1h", rate: 14.4 },
        { short: "30m", long: "6h", rate: 6 },
    ],
    warning: [
        { short: "2h", long: "1d", rate: 3 },
        { short: "6h", long: "3d", rate: 1 },
    ],
} as const;

/** The windows of {@link burns}, each once, the shortest first. */
export const burnWindows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;

/** The longest window of a burn rate. */
export const longestSloWindow = "3d";
