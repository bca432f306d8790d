import { type AlertWithThreshold, alerts } from "../config/alerts";
import { type Application, applicationsOf } from "../config/applications";
import { type JobKey, jobsInKubelets, scrapedJobs } from "../config/jobs";
import type { AreaSettings } from "../config/schema";

/** What decides which rules there are, and what they compare with. */
export type RuleSettings = Pick<
    AreaSettings,
    | "alerting"
    | "applications"
    | "autoscaling"
    | "cluster"
    | "collection"
    | "logs"
    | "longTerm"
    | "metrics"
    | "platform"
    | "rules"
    | "selfMonitoring"
    | "slos"
>;

/** What rules are made of. */
export interface RuleContext {
    readonly settings: RuleSettings;
    /** Whether the stack scrapes a job; rules on another are left out. */
    readonly scrapes: (job: JobKey) => boolean;
    /** Whether a job has targets, and so `up`, of its own; some components of Kubernetes share those of the kubelets. */
    readonly hasTargets: (job: JobKey) => boolean;
    /** Matchers of a job's series; `more` are further ones. */
    readonly job: (job: JobKey, more?: string) => string;
    /** Matchers of the series of one of this stack's own parts: another stack's may be scraped too. */
    readonly own: (job: JobKey, more?: string) => string;
    /** Matchers of an application's series; `more` are further ones. */
    readonly application: (application: Application, more?: string) => string;
    /** The applications of the settings. */
    readonly applications: readonly Application[];
    /** Figure that an alert compares with: the stack file's, or the default. */
    readonly threshold: (alert: AlertWithThreshold) => number;
}

export function ruleContext(settings: RuleSettings, jobs: Readonly<Record<JobKey, string>>): RuleContext {
    const scraped = scrapedJobs(settings);
    const shared = new Set<JobKey>(jobsInKubelets(settings));
    const matchers = (...all: string[]) => all.filter((one) => one !== "").join(",");
    return {
        settings,
        scrapes: (job) => scraped.has(job),
        hasTargets: (job) => scraped.has(job) && !shared.has(job),
        job: (job, more = "") => matchers(`job="${jobs[job]}"`, more),
        own: (job, more = "") => matchers(`job="${jobs[job]}"`, `namespace="${settings.platform.namespace}"`, more),
        application: ({ job, target: { namespace } }, more = "") =>
            matchers(`job="${job}"`, namespace === undefined ? "" : `namespace="${namespace}"`, more),
        applications: applicationsOf(settings.applications),
        threshold: (alert) => settings.rules.alerts[alert]?.threshold ?? alerts[alert].threshold,
    };
}
