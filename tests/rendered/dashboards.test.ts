import { expect } from "chai";
import { stringify } from "yaml";
import { settingsSchema } from "../../config/schema";
import { stackHealthSections } from "../../dashboards/stack-health";
import { check } from "./support/check";

const settings = settingsSchema.parse({ cluster: { name: "test" } });

describe("The dashboards' queries, as Prometheus sees them", function () {
    this.timeout(600_000);

    it("are accepted by promtool", async () => {
        const queries = stackHealthSections(settings)
            .flatMap(({ numbers, graphs }) => [...numbers, ...graphs])
            .flatMap((panel) => panel.queries);
        // promtool takes expressions in rules only.
        const rules = queries.map(({ expr }, index) => ({
            record: `query:${index}`,
            expr: expr.replaceAll("$__rate_interval", "5m"),
        }));
        const said = await check("promtool", ["check", "rules", "--lint=none", "rules.yaml"], {
            "rules.yaml": stringify({ groups: [{ name: "queries", rules }] }),
        });
        expect(said).to.include(`SUCCESS: ${rules.length} rules found`);
    });
});
