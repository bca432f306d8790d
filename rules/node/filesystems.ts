import type { RuleContext } from "../context";
import type { AlertRule, RuleGroup } from "../types";

/** What of a file system can run out. */
interface Supply {
    readonly left: string;
    readonly total: string;
    readonly word: string;
}

const space: Supply = { left: "node_filesystem_avail_bytes", total: "node_filesystem_size_bytes", word: "space" };
const inodes: Supply = { left: "node_filesystem_files_free", total: "node_filesystem_files", word: "inodes" };

type Severity = "warning" | "critical";

/** Seconds ahead that a forecast looks, and what its text calls them. */
const horizons = { warning: { seconds: 86_400, word: "a day" }, critical: { seconds: 14_400, word: "four hours" } };

function texts({ word }: Supply): Pick<AlertRule, "summary" | "description"> {
    const left = `{{ $value | humanizePercentage }} of its ${word} left`;
    return {
        summary: `File system {{ $labels.mountpoint }} of node {{ $labels.instance }} has ${left}`,
        description:
            `File system {{ $labels.mountpoint }} ({{ $labels.device }}) of node {{ $labels.instance }} has ${left}. When ` +
            "it is full, the kubelet evicts pods and programs fail.",
    };
}

/** File systems that fill up: the sooner, the more urgent. */
export function nodeFilesystems({ job, scrapes, threshold }: RuleContext): RuleGroup[] {
    const disks = job("nodeExporter", 'fstype!="",mountpoint!=""');
    const share = ({ left, total }: Supply) => `${left}{${disks}} / ${total}{${disks}}`;
    const writable = `node_filesystem_readonly{${disks}} == 0`;

    const fillingUp = (
        alert: `NodeFilesystem${"Space" | "Files"}FillingUp${"" | "Critical"}`,
        supply: Supply,
        severity: Severity,
    ): AlertRule => ({
        alert,
        expr:
            `${share(supply)} < ${threshold(alert)} ` +
            `and predict_linear(${supply.left}{${disks}}[6h], ${horizons[severity].seconds}) < 0 and ${writable}`,
        for: "1h",
        severity,
        ...texts(supply),
        description: `${texts(supply).description} At the pace of the last six hours that is within ${horizons[severity].word}.`,
    });
    const almostOut = (
        alert: `NodeFilesystemAlmostOutOf${"Space" | "Files"}${"" | "Critical"}`,
        supply: Supply,
        severity: Severity,
        hold: string,
    ): AlertRule => ({
        alert,
        expr: `${share(supply)} < ${threshold(alert)} and ${writable}`,
        for: hold,
        severity,
        ...texts(supply),
    });
    const rules = [
        fillingUp("NodeFilesystemSpaceFillingUp", space, "warning"),
        fillingUp("NodeFilesystemSpaceFillingUpCritical", space, "critical"),
        almostOut("NodeFilesystemAlmostOutOfSpace", space, "warning", "30m"),
        almostOut("NodeFilesystemAlmostOutOfSpaceCritical", space, "critical", "30m"),
        fillingUp("NodeFilesystemFilesFillingUp", inodes, "warning"),
        fillingUp("NodeFilesystemFilesFillingUpCritical", inodes, "critical"),
        almostOut("NodeFilesystemAlmostOutOfFiles", inodes, "warning", "1h"),
        almostOut("NodeFilesystemAlmostOutOfFilesCritical", inodes, "critical", "1h"),
    ];
    return [{ name: "node-filesystems", rules: scrapes("nodeExporter") ? rules : [] }];
}
