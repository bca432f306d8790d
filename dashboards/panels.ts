import {
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    ReduceDataOptionsBuilder,
    SortOrder,
    TooltipDisplayMode,
    VizLegendOptionsBuilder,
    VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
    type Panel,
    type Threshold,
    ThresholdsConfigBuilder,
    ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** The data source that the dashboard's variable chose. */
export const chosenDatasource = { type: "prometheus", uid: "${datasource}" };

/** One query of a panel. */
export interface Query {
    expr: string;
    /** Legend, `{{label}}` for a label's value. */
    legend: string;
}

/** What every panel has. */
export interface PanelArgs {
    title: string;
    /** What it says, and what to make of it. */
    description: string;
    /** One of the SDK's units. */
    unit: string;
    queries: Query[];
}

/** From which value on a number is bad; between good and bad it is a warning. */
export type Limits = { good: "low"; warn?: number; bad: number } | { good: "high"; warn?: number; bad: number };

/** A panel that shows the latest value. */
export interface NumberArgs extends PanelArgs {
    /** @default none: the value is just a size */
    limits?: Limits;
    /** What is shown where there is no series. */
    noValue?: string;
}

/** A row of the dashboard: numbers first, then what they were over time. */
export interface Section {
    title: string;
    numbers: NumberArgs[];
    graphs: PanelArgs[];
}

const gridWidth = 24;
const graphsPerRow = 3;

function target({ expr, legend }: Query, index: number): DataqueryBuilder {
    return new DataqueryBuilder()
        .refId(String.fromCharCode("A".charCodeAt(0) + index))
        .datasource(chosenDatasource)
        .expr(expr)
        .legendFormat(legend)
        .range();
}

function steps(limits: Limits): Threshold[] {
    const { warn, bad } = limits;
    if (limits.good === "low") {
        return [
            { value: null, color: "green" },
            ...(warn === undefined ? [] : [{ value: warn, color: "yellow" }]),
            { value: bad, color: "red" },
        ];
    }
    // Everything below `bad` is bad, and green starts where the warning ends.
    return [
        { value: null, color: "red" },
        ...(warn === undefined ? [] : [{ value: bad, color: "yellow" }]),
        { value: warn ?? bad, color: "green" },
    ];
}

/** Lines over time. */
function graph(args: PanelArgs, width: number): TimeseriesBuilder {
    const panel = new TimeseriesBuilder()
        .title(args.title)
        .description(args.description)
        .datasource(chosenDatasource)
        .unit(args.unit)
        .min(0)
        .span(width)
        .height(7)
        .lineWidth(1)
        .fillOpacity(10)
        .legend(
            new VizLegendOptionsBuilder()
                .displayMode(LegendDisplayMode.List)
                .placement(LegendPlacement.Bottom)
                .showLegend(true),
        )
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
    return args.queries.reduce((built, query, index) => built.withTarget(target(query, index)), panel);
}

/** The latest value, coloured by its limits. */
function number(args: NumberArgs, width: number): StatBuilder {
    const panel = new StatBuilder()
        .title(args.title)
        .description(args.description)
        .datasource(chosenDatasource)
        .unit(args.unit)
        .span(width)
        .height(4)
        .graphMode(BigValueGraphMode.Area)
        .colorMode(BigValueColorMode.Value)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
        .thresholds(
            new ThresholdsConfigBuilder()
                .mode(ThresholdsMode.Absolute)
                .steps(args.limits === undefined ? [{ value: null, color: "text" }] : steps(args.limits)),
        );
    if (args.noValue !== undefined) {
        panel.noValue(args.noValue);
    }
    return args.queries.reduce((built, query, index) => built.withTarget(target(query, index)), panel);
}

/** The panels of a section, spread over the width: all numbers in a line, the graphs in lines of up to three. */
export function panelsOf({ numbers, graphs }: Section): Builder<Panel>[] {
    const lastLine = graphs.length % graphsPerRow;
    return [
        ...numbers.map((args) => number(args, Math.floor(gridWidth / numbers.length))),
        ...graphs.map((args, index) => {
            const onLastLine = index >= graphs.length - lastLine;
            return graph(args, gridWidth / (onLastLine ? lastLine : graphsPerRow));
        }),
    ];
}
