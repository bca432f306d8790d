import { expect } from "chai";
import { images, pinned } from "../../../config/versions";
import { UserError } from "../../../cli/errors";
import {
    benchImages,
    catalog,
    ensureImageTools,
    findEntry,
    sandboxImages,
    substitutions,
    substitutionsAmong,
    whyNot,
} from "../../../sandbox/images";
import { needsOf } from "../../../sandbox/images/builder";
import type { ImageOrigin } from "../../../sandbox/images/store";
import type { LineReporter } from "../../../sandbox/toolchain";

describe("images: the list of what can be made", () => {
    it("knows each image of the stack, of the node and of the load test under its very name, and no other", () => {
        const names = [images, sandboxImages, benchImages].flatMap((list) =>
            Object.values<string | { image: string }>(list).map((each) =>
                typeof each === "string" ? each : each.image,
            ),
        );
        expect([...catalog.keys()].sort()).to.deep.equal(names.sort());
    });

    it("makes all of them but Grafana's", () => {
        const reasons = [...catalog.keys()].flatMap((name) => (whyNot(name) === undefined ? [] : [name]));
        expect(reasons).to.deep.equal([images.grafana.image]);
        expect(whyNot(images.grafana.image)).to.contain("simulated");
    });

    it("finds an image in any spelling, but not another version of it", () => {
        expect(findEntry("busybox:1.37")).to.equal(catalog.get(sandboxImages.busybox));
        expect(findEntry(images.loki.image.replace("docker.io/", ""))).to.equal(catalog.get(images.loki.image));
        const other = images.loki.image.replace(/:.*/, ":3.0.0");
        expect(findEntry(other)).to.equal(undefined);
        expect(whyNot(other)).to.equal("it isn't in the list of sandbox/images/catalog.ts");
    });

    it("starts each program by a path that is in the image", () => {
        for (const [name, entry] of catalog) {
            const { programs = {}, entrypoint } = "recipe" in entry ? entry.recipe : {};
            if (entrypoint !== undefined) {
                expect(Object.keys(programs), name).to.include(entrypoint[0]);
            }
        }
    });

    it("runs as a user that the image has, where it is named", () => {
        for (const [name, entry] of catalog) {
            const { user = "0", users = {} } = "recipe" in entry ? entry.recipe : {};
            for (const part of user.split(":").filter((given) => !/^\d+$/.test(given))) {
                expect(Object.keys(users), name).to.include(part);
            }
        }
    });

    it("tells the images whose program isn't of the tag's version, each with its reason", () => {
        const { image } = images.alloy;
        const found = substitutions().find(({ reference }) => reference === image);
        expect(found).to.deep.equal({
            reference: image,
            wanted: pinned.alloy.deployed,
            contained: pinned.alloy.checked,
            reason: pinned.alloy.reason,
        });
        const digest = `sha256:${"a".repeat(64)}`;
        const keeping = (origin: ImageOrigin) => (reference: string, id: string) =>
            substitutionsAmong([{ reference, id }], { find: () => ({ digest, origin }) });
        const among = keeping({ kind: "made", key: "" });
        expect(among(image, `${image}@${digest}`)).to.deep.equal([found]);
        expect(among(image.replace("docker.io/", ""), digest)).to.deep.equal([found]);
        // Pulled from its registry, not begun yet, and one whose program is of the tag's version.
        expect(among(image, `${image}@sha256:${"b".repeat(64)}`)).to.deep.equal([]);
        expect(among(image, "")).to.deep.equal([]);
        expect(among(images.prometheus.image, digest)).to.deep.equal([]);
        // A pulled one is kept: it runs, or the one still does that was made before.
        const beside = keeping({ kind: "pulled" });
        expect(beside(image, `${image}@${digest}`)).to.deep.equal([]);
        expect(beside(image, `${image}@sha256:${"b".repeat(64)}`)).to.deep.equal([found]);
        expect(beside(image, "")).to.deep.equal([]);
        const others = substitutions().map(({ reference }) => reference);
        // The packages' versions are known once they have been got.
        expect([image, images.lokiGateway.image, images.memcached.image]).to.include.members(others);
    });

    it("names what an image is made of", () => {
        const needs = (name: string) => {
            const entry = findEntry(name);
            return entry !== undefined && "recipe" in entry ? needsOf(entry.recipe) : undefined;
        };
        expect(needs(images.prometheus.image)).to.deep.equal({
            tools: ["prometheus", "promtool"],
            packages: [["busybox-static"]],
        });
        expect(needs(images.lokiGateway.image)).to.deep.equal({
            tools: [],
            packages: [["nginx"], ["busybox-static"]],
        });
        expect(needs(sandboxImages.pause)).to.deep.equal({ tools: ["pause"], packages: [] });
    });
});

describe("images: what they need", () => {
    /** Fails the test when anything is got. */
    const reporter = {
        begin: (tools: readonly { name: string }[]) => {
            throw new Error(`got ${tools.map(({ name }) => name).join(", ")}`);
        },
    } as unknown as LineReporter;

    const nothing = { findPulled: () => undefined };

    it("is nothing where the registries can be reached", async () => {
        const references = [images.grafana.image, "quay.io/somebody/else:1", images.alloy.image];
        const asked: string[] = [];
        const canReach = (registry: string): Promise<boolean> => {
            asked.push(registry);
            return Promise.resolve(true);
        };
        expect(await ensureImageTools(references, { reporter, canReach, store: nothing })).to.deep.equal({
            made: [],
            pulled: [images.alloy.image, images.grafana.image, "quay.io/somebody/else:1"],
        });
        expect(new Set(asked)).to.deep.equal(new Set(["docker.io", "quay.io"]));
    });

    it("is nothing for an image that was pulled before, though its registry can't be reached now", async () => {
        const pulled = { digest: `sha256:${"a".repeat(64)}`, origin: { kind: "pulled" } } as const;
        const lines: string[] = [];
        const origins = await ensureImageTools([images.alloy.image, images.loki.image], {
            reporter,
            report: (line) => lines.push(line),
            canReach: () => Promise.resolve(false),
            store: { findPulled: (name) => (name === images.alloy.image ? pulled : undefined) },
            isStored: () => false,
            used: () => Promise.resolve(new Set([images.alloy.image])),
        });
        expect(origins).to.deep.equal({ made: [images.loki.image], pulled: [images.alloy.image] });
        expect(lines).to.deep.equal(["Images: 1 from their registries, 1 made here"]);
    });

    it("is refused as a whole, with all images that can't be had, before anything is got", async () => {
        const references = [images.thanos.image, "quay.io/somebody/else:1", images.grafana.image];
        const canReach = (): Promise<boolean> => Promise.resolve(false);
        const error: unknown = await ensureImageTools(references, { reporter, canReach, store: nothing }).then(
            () => undefined,
            (thrown: unknown) => thrown,
        );
        expect(error).to.be.instanceOf(UserError);
        expect((error as Error).message.split("\n")).to.deep.equal([
            "No pod can run these images here, since their registries can't be reached and they can't be made:",
            `  ${images.grafana.image}: Grafana can't be built from a package registry, so its pods are simulated`,
            "  quay.io/somebody/else:1: it isn't in the list of sandbox/images/catalog.ts",
            "Add them to sandbox/images/catalog.ts, or take a machine that reaches the registries.",
        ]);
    });

    it("asks which images are used only when something is missing, and gets nothing for the others", async () => {
        const options = { reporter, store: nothing, canReach: (): Promise<boolean> => Promise.resolve(false) };
        const references = [images.thanos.image, images.loki.image];
        const notAsked = (): Promise<never> => Promise.reject(new Error("asked"));
        await ensureImageTools(references, { ...options, isStored: () => true, used: notAsked });
        const none = { ...options, isStored: () => false, used: () => Promise.resolve(new Set<string>()) };
        expect((await ensureImageTools(references, none)).made).to.have.members(references);
    });
});
