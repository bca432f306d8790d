import { expect } from "chai";
import { Attachments } from "../../../../sandbox/node/network-policy/attachments";

describe("The addresses that the container runtime gave", () => {
    it("are those of each pod's newest sandbox", () => {
        const attachments = new Attachments();
        attachments.add("first", { uid: "a", address: "10.244.0.2" });
        attachments.add("second", { uid: "a", address: "10.244.0.3" });
        expect([...attachments.byPod()]).eql([["a", "10.244.0.3"]]);
        // The old sandbox goes after the new one has come.
        attachments.remove("first");
        expect([...attachments.byPod()]).eql([["a", "10.244.0.3"]]);
        attachments.remove("second");
        attachments.remove("never there");
        expect([...attachments.byPod()]).eql([]);
    });

    it("belong to nobody else once they are given again", () => {
        const attachments = new Attachments();
        attachments.add("first", { uid: "a", address: "10.244.0.2" });
        attachments.add("second", { uid: "b", address: "10.244.0.2" });
        expect([...attachments.byPod()]).eql([["b", "10.244.0.2"]]);
        attachments.remove("first");
        expect([...attachments.byPod()]).eql([["b", "10.244.0.2"]]);
    });

    it("of a sandbox that is told of twice are the last that were said", () => {
        const attachments = new Attachments();
        attachments.add("first", { uid: "a", address: "10.244.0.2" });
        attachments.add("first", { uid: "a", address: "10.244.0.4" });
        expect([...attachments.byPod()]).eql([["a", "10.244.0.4"]]);
    });
});
