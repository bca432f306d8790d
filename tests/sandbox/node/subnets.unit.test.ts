import { expect } from "chai";
import { freeSubnet, rangeOf } from "../../../sandbox/node/subnets";

describe("the node's subnet", () => {
    it("is the first one of the range when nothing is in its way", () => {
        expect(freeSubnet(["default", "192.0.2.0/24", "127.0.0.0/8"])).equals("10.123.0");
    });

    it("is the next one when another node has the first, or a route lies within it or around it", () => {
        expect(freeSubnet(["10.123.0.0/24"])).equals("10.123.1");
        expect(freeSubnet(["10.123.0.77", "10.123.1.128/25"])).equals("10.123.2");
        expect(freeSubnet(["10.123.0.0/17"])).equals("10.123.128");
    });

    it("is another range's where a network takes the whole of the first", () => {
        expect(freeSubnet(["10.0.0.0/8"])).equals("172.29.0");
    });

    it("isn't hindered by routes that stand for everything, as a VPN's", () => {
        expect(freeSubnet(["0.0.0.0/1", "128.0.0.0/1"])).equals("10.123.0");
    });

    it("is the one from last time as long as it is free", () => {
        expect(freeSubnet([], "10.123.9")).equals("10.123.9");
        expect(freeSubnet(["10.123.9.0/24"], "10.123.9")).equals("10.123.0");
    });

    it("can't be had when all are taken, which is said with the ranges", () => {
        expect(() => freeSubnet(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])).throws(
            'No address range is left for the node: routes of this machine ("ip route") take all of ' +
                "10.123.0.0/16, 172.29.0.0/16, 192.168.0.0/16.",
        );
    });

    it("knows an address from a range, and neither from a name", () => {
        expect(rangeOf("0.0.1.0/24")).eql([256, 511]);
        expect(rangeOf("0.0.1.7/24")).eql([256, 511]);
        expect(rangeOf("0.0.1.7")).eql([263, 263]);
        expect(rangeOf("default")).equals(undefined);
        expect(rangeOf("fe80::/64")).equals(undefined);
    });
});
