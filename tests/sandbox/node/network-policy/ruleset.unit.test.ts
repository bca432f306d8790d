import type { V1NetworkPolicy, V1NetworkPolicyPeer, V1NetworkPolicyPort, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { ruleset } from "../../../../sandbox/node/network-policy";
import { allowEgress, allowIngress, app, denyAll, namespace, node, pod, policy } from "./support/objects";

const namespaces = [namespace("n", { team: "a" }), namespace("m", { team: "b" }), namespace("o")];

function rules(pods: V1Pod[], policies: V1NetworkPolicy[], attached?: ReadonlyMap<string, string>): string {
    return ruleset({ pods, namespaces, policies, ...(attached === undefined ? {} : { attached }) }, node);
}

/** Statements of a chain, set or map; undefined where there is none of that name. */
function block(text: string, head: string): string[] | undefined {
    const lines = text.split("\n").map((line) => line.trim());
    const start = lines.indexOf(`${head} {`);
    return start < 0 ? undefined : lines.slice(start + 1, lines.indexOf("}", start));
}

const isolated = (text: string, direction: "ingress" | "egress") => block(text, `map isolated-${direction}`)?.[1];

/** What the pod `server` lets in. */
function admitted(
    from: V1NetworkPolicyPeer[] | undefined,
    ports?: V1NetworkPolicyPort[],
    pods = [server, ...clients],
): string[] | undefined {
    return block(rules(pods, [allowIngress("server", from, ports)]), "chain ingress-policy/n/to-server");
}

/** What the pod `server` may call. */
function released(
    to: V1NetworkPolicyPeer[] | undefined,
    ports?: V1NetworkPolicyPort[],
    pods = [server, ...clients],
): string[] | undefined {
    return block(rules(pods, [allowEgress("server", to, ports)]), "chain egress-policy/n/from-server");
}

const server = pod("server", "10.244.0.2", {
    ports: [
        { name: "web", containerPort: 8080 },
        { name: "dns", containerPort: 53, protocol: "UDP" },
        { name: "dns", containerPort: 5353, protocol: "TCP" },
    ],
});
const clients = [
    pod("client", "10.244.0.3", { ports: [{ name: "web", containerPort: 9000 }] }),
    pod("client", "10.244.0.4", { namespace: "m", ports: [{ name: "web", containerPort: 9100 }] }),
    pod("other", "10.244.0.5", { namespace: "m" }),
];

describe("the nftables ruleset of NetworkPolicies", () => {
    it("is one table that is replaced at once", () => {
        const text = rules(
            [server, clients[0]!],
            [denyAll(), allowIngress("server", [{ podSelector: app("client") }])],
        );
        expect(text).equals(`table inet perch-network-policy
delete table inet perch-network-policy
table inet perch-network-policy {
    set pods {
        type ipv4_addr
        elements = { 10.244.0.3, 10.244.0.2 }
    }
    set self {
        type ipv4_addr . ipv4_addr
        elements = { 10.244.0.3 . 10.244.0.3, 10.244.0.2 . 10.244.0.2 }
    }
    chain ingress-policy/n/deny {
    }
    chain ingress-policy/n/to-server {
        ip saddr { 10.244.0.3 } accept
    }
    chain ingress-pod/n/client {
        jump ingress-policy/n/deny
        counter drop
    }
    chain ingress-pod/n/server {
        jump ingress-policy/n/deny
        jump ingress-policy/n/to-server
        counter drop
    }
    chain egress-policy/n/deny {
    }
    chain egress-pod/n/client {
        jump egress-policy/n/deny
        counter drop
    }
    chain egress-pod/n/server {
        jump egress-policy/n/deny
        counter drop
    }
    map isolated-ingress {
        type ipv4_addr : verdict
        elements = { 10.244.0.3 : goto ingress-pod/n/client, 10.244.0.2 : goto ingress-pod/n/server }
    }
    map isolated-egress {
        type ipv4_addr : verdict
        elements = { 10.244.0.3 : goto egress-pod/n/client, 10.244.0.2 : goto egress-pod/n/server }
    }
    chain forward-egress {
        type filter hook forward priority filter + 5
        meta nfproto ipv6 counter drop comment "no IPv6 between pods"
        ct state established,related accept
        ip saddr . ip daddr @self accept
        ip saddr 10.244.0.0/24 ip saddr != @pods counter drop comment "not known yet"
        ip saddr vmap @isolated-egress
    }
    chain forward-ingress {
        type filter hook forward priority filter + 6
        ct state established,related accept
        ip saddr . ip daddr @self accept
        ip daddr 10.244.0.0/24 ip daddr != @pods counter drop comment "not known yet"
        ip daddr vmap @isolated-ingress
    }
    chain input-egress {
        type filter hook input priority filter + 5
        iifname "lo" accept
        meta nfproto ipv6 counter drop comment "no IPv6 between pods"
        ct state established,related accept
        ip saddr 10.244.0.0/24 ip saddr != @pods counter drop comment "not known yet"
        ip saddr vmap @isolated-egress
    }
}
`);
    });

    it("doesn't depend on the order in which the API server lists", () => {
        const policies = [denyAll(), allowIngress("server", [])];
        const pods = [server, ...clients];
        expect(rules([...pods].reverse(), [...policies].reverse())).equals(rules(pods, policies));
    });

    it("isolates nobody without policies, and cuts off what isn't known even then", () => {
        const text = rules([server], []);
        expect(block(text, "map isolated-ingress")).eql(["type ipv4_addr : verdict"]);
        expect(block(text, "map isolated-egress")).eql(["type ipv4_addr : verdict"]);
        expect(block(text, "set pods")).eql(["type ipv4_addr", "elements = { 10.244.0.2 }"]);
        expect(block(rules([], []), "set pods")).eql(["type ipv4_addr"]);
    });

    it("shortens names that nftables wouldn't take, without making two the same", () => {
        const long = "x".repeat(240);
        const text = rules(
            [server],
            [`${long}a`, `${long}b`].map((name) => policy(name, { podSelector: {}, ingress: [{}] })),
        );
        const names = [...text.matchAll(/chain (\S+) \{/g)].map(([, name = ""]) => name);
        expect(names.filter((name) => name.startsWith("ingress-policy/n/xxx"))).length(2);
        expect(new Set(names).size).equals(names.length);
        expect(Math.max(...names.map((name) => name.length))).at.most(255);
    });
});

describe("a NetworkPolicy isolates", () => {
    const goes = (spec: Parameters<typeof policy>[1], pods = [server]) => {
        const text = rules(pods, [policy("p", spec)]);
        return { ingress: isolated(text, "ingress"), egress: isolated(text, "egress") };
    };
    const ingress = "elements = { 10.244.0.2 : goto ingress-pod/n/server }";
    const egress = "elements = { 10.244.0.2 : goto egress-pod/n/server }";

    it("against ingress when it names no types and has no egress rules", () => {
        expect(goes({ podSelector: {} })).eql({ ingress, egress: undefined });
        expect(goes({ podSelector: {}, egress: [] })).eql({ ingress, egress: undefined });
    });

    it("in both directions when it names no types and has egress rules", () => {
        expect(goes({ podSelector: {}, egress: [{}] })).eql({ ingress, egress });
    });

    it("in just the directions that it names", () => {
        expect(goes({ podSelector: {}, policyTypes: ["Egress"] })).eql({ ingress: undefined, egress });
        expect(goes({ podSelector: {}, policyTypes: ["Egress"], ingress: [{}] }).ingress).equals(undefined);
        expect(goes({ podSelector: {}, policyTypes: ["Ingress"], egress: [{}] })).eql({ ingress, egress: undefined });
    });

    it("the pods of its namespace that its selector takes, no others", () => {
        expect(goes({ podSelector: app("server") }, [server, ...clients]).ingress).equals(ingress);
        expect(goes({ podSelector: app("nobody") }, [server, ...clients]).ingress).equals(undefined);
        expect(goes({ podSelector: app("other") }, [server, ...clients]).ingress).equals(undefined);
    });

    it("no pod in the host's network, none that is over, none of another node", () => {
        for (const options of [
            { hostNetwork: true },
            { phase: "Succeeded" },
            { phase: "Failed" },
            { nodeName: "elsewhere" },
        ]) {
            expect(goes({ podSelector: {} }, [pod("server", "10.244.0.2", options)]).ingress).equals(undefined);
        }
    });

    it("a pod whose containers aren't started yet, and one that is about to go", () => {
        expect(goes({ podSelector: {} }, [pod("server", "10.244.0.2", { phase: "Pending" })]).ingress).equals(ingress);
        const going = pod("server", "10.244.0.2");
        going.metadata!.deletionTimestamp = new Date();
        expect(goes({ podSelector: {} }, [going]).ingress).equals(ingress);
    });

    it("by every expression of its selector", () => {
        const labelled = pod("server", "10.244.0.2", { labels: { tier: "web", app: "server" } });
        const taken = (...matchExpressions: { key: string; operator: string; values?: string[] }[]) =>
            goes({ podSelector: { matchExpressions } }, [labelled]).ingress !== undefined;
        const table: [string, string, string[] | undefined, boolean][] = [
            ["tier", "In", ["web", "db"], true],
            ["tier", "In", ["db"], false],
            ["none", "In", ["web"], false],
            ["tier", "NotIn", ["db"], true],
            ["tier", "NotIn", ["web"], false],
            ["none", "NotIn", ["web"], true],
            ["tier", "Exists", undefined, true],
            ["none", "Exists", undefined, false],
            ["tier", "DoesNotExist", undefined, false],
            ["none", "DoesNotExist", undefined, true],
        ];
        for (const [key, operator, values, expected] of table) {
            expect(taken({ key, operator, values }), `${key} ${operator} ${String(values)}`).equals(expected);
        }
        expect(taken({ key: "tier", operator: "Exists" }, { key: "none", operator: "Exists" })).equals(false);
        expect(() => taken({ key: "tier", operator: "Like", values: ["w"] })).to.throw('unknown operator "Like"');
        const both = { matchLabels: { app: "server" }, matchExpressions: [{ key: "none", operator: "Exists" }] };
        expect(goes({ podSelector: both }, [labelled]).ingress).equals(undefined);
    });
});

describe("the peers of a NetworkPolicy's rule", () => {
    it("are everybody when it names none", () => {
        expect(admitted(undefined)).eql(["accept"]);
        expect(admitted([])).eql(["accept"]);
        expect(released(undefined)).eql(["accept"]);
        expect(released([])).eql(["accept"]);
    });

    it("are nobody without a rule, and nobody when they select nobody", () => {
        expect(block(rules([server], [denyAll()]), "chain ingress-policy/n/deny")).eql([]);
        expect(admitted([{ podSelector: app("nobody") }])).eql([]);
        expect(admitted([{}])).eql([]);
        expect(released([{ podSelector: app("nobody") }], [{ port: 80 }])).eql([]);
    });

    it("are the same whether the API server's client listed or watched them", () => {
        const listed = allowIngress("server", [{ podSelector: app("client") }]);
        const watched = JSON.parse(JSON.stringify(listed).replace('"_from"', '"from"')) as V1NetworkPolicy;
        expect(rules([server, ...clients], [watched])).equals(rules([server, ...clients], [listed]));
        expect(block(rules([server, ...clients], [watched]), "chain ingress-policy/n/to-server")).eql([
            "ip saddr { 10.244.0.3 } accept",
        ]);
    });

    it("are pods of the policy's own namespace by podSelector alone", () => {
        expect(admitted([{ podSelector: app("client") }])).eql(["ip saddr { 10.244.0.3 } accept"]);
        expect(admitted([{ podSelector: {} }])).eql(["ip saddr { 10.244.0.3, 10.244.0.2 } accept"]);
        expect(released([{ podSelector: app("client") }])).eql(["ip daddr { 10.244.0.3 } accept"]);
    });

    it("are all pods of the selected namespaces by namespaceSelector alone", () => {
        expect(admitted([{ namespaceSelector: { matchLabels: { team: "b" } } }])).eql([
            "ip saddr { 10.244.0.4, 10.244.0.5 } accept",
        ]);
        expect(released([{ namespaceSelector: {} }])).eql([
            "ip daddr { 10.244.0.4, 10.244.0.5, 10.244.0.3, 10.244.0.2 } accept",
        ]);
    });

    it("are the selected pods of the selected namespaces by both", () => {
        expect(admitted([{ namespaceSelector: { matchLabels: { team: "b" } }, podSelector: app("client") }])).eql([
            "ip saddr { 10.244.0.4 } accept",
        ]);
    });

    it("are those of any entry", () => {
        expect(admitted([{ podSelector: app("client") }, { namespaceSelector: {}, podSelector: app("other") }])).eql([
            "ip saddr { 10.244.0.5, 10.244.0.3 } accept",
        ]);
    });

    it("are pods of other nodes too, but none in the host's network", () => {
        const far = pod("client", "10.245.0.9", { nodeName: "elsewhere" });
        const host = pod("client", "10.123.0.2", { hostNetwork: true });
        expect(admitted([{ podSelector: app("client") }], undefined, [server, far])).eql([
            "ip saddr { 10.245.0.9 } accept",
        ]);
        expect(admitted([{ podSelector: app("client") }], undefined, [server, host])).eql([]);
    });

    it("are addresses by ipBlock, without the exceptions of just that block", () => {
        expect(admitted([{ ipBlock: { cidr: "192.168.0.0/16" } }])).eql(["ip saddr { 192.168.0.0/16 } accept"]);
        expect(admitted([{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16", "10.2.0.0/16"] } }])).eql([
            "ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16, 10.2.0.0/16 } accept",
        ]);
        expect(
            released([
                { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
                { ipBlock: { cidr: "10.1.1.0/24" } },
            ]),
        ).eql(["ip daddr { 10.1.1.0/24 } accept", "ip daddr 10.0.0.0/8 ip daddr != { 10.1.0.0/16 } accept"]);
    });

    it("are nobody by an IPv6 block", () => {
        expect(admitted([{ ipBlock: { cidr: "::/0" } }])).eql([]);
        expect(admitted([{ ipBlock: { cidr: "::/0" } }, { ipBlock: { cidr: "0.0.0.0/0" } }])).eql([
            "ip saddr { 0.0.0.0/0 } accept",
        ]);
    });
});

describe("the ports of a NetworkPolicy's rule", () => {
    it("are TCP unless the protocol is named", () => {
        expect(admitted(undefined, [{ port: 80 }])).eql(["tcp dport { 80 } accept"]);
        expect(admitted(undefined, [{ port: 53, protocol: "UDP" }])).eql(["udp dport { 53 } accept"]);
        expect(admitted(undefined, [{ port: 9, protocol: "SCTP" }])).eql(["sctp dport { 9 } accept"]);
        expect(() => admitted(undefined, [{ port: 1, protocol: "DCCP" }])).to.throw('unknown protocol "DCCP"');
    });

    it("are numbers and ranges, of one protocol in one set", () => {
        expect(
            admitted(undefined, [
                { port: 80 },
                { port: 443 },
                { port: 8000, endPort: 8999 },
                { port: 53, protocol: "UDP" },
                { port: 7, endPort: 7 },
            ]),
        ).eql(["tcp dport { 80, 443, 8000-8999, 7 } accept", "udp dport { 53 } accept"]);
    });

    it("are all of a protocol without a number", () => {
        expect(admitted(undefined, [{ protocol: "UDP" }, {}])).eql(["meta l4proto { udp, tcp } accept"]);
    });

    it("go with each of the peers", () => {
        const peers = [{ podSelector: app("client") }, { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }];
        expect(admitted(peers, [{ port: 80 }, { port: 53, protocol: "UDP" }])).eql([
            "ip saddr { 10.244.0.3 } tcp dport { 80 } accept",
            "ip saddr { 10.244.0.3 } udp dport { 53 } accept",
            "ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16 } tcp dport { 80 } accept",
            "ip saddr 10.0.0.0/8 ip saddr != { 10.1.0.0/16 } udp dport { 53 } accept",
        ]);
    });

    it("are, by name, those of the pod that is called, each by its own number", () => {
        const web = "{ 10.244.0.4 . tcp . 9100, 10.244.0.3 . tcp . 9000, 10.244.0.2 . tcp . 8080 }";
        expect(released([{ namespaceSelector: {}, podSelector: app("client") }], [{ port: "web" }])).eql([
            `ip daddr { 10.244.0.4, 10.244.0.3 } ip daddr . meta l4proto . th dport ${web} accept`,
        ]);
        expect(released(undefined, [{ port: "web" }])).eql([`ip daddr . meta l4proto . th dport ${web} accept`]);
        expect(admitted([{ podSelector: app("client") }], [{ port: "web" }])).eql([
            `ip saddr { 10.244.0.3 } ip daddr . meta l4proto . th dport ${web} accept`,
        ]);
    });

    it("are, by name, of the rule's protocol alone", () => {
        const match = (element: string) => [`ip daddr . meta l4proto . th dport { ${element} } accept`];
        expect(admitted(undefined, [{ port: "dns", protocol: "UDP" }])).eql(match("10.244.0.2 . udp . 53"));
        expect(admitted(undefined, [{ port: "dns" }])).eql(match("10.244.0.2 . tcp . 5353"));
    });

    it("are none by a name that no pod has, beside those that it has", () => {
        expect(admitted(undefined, [{ port: "none" }])).eql([]);
        expect(released([{ podSelector: app("client") }], [{ port: "none" }, { port: 80 }])).eql([
            "ip daddr { 10.244.0.3 } tcp dport { 80 } accept",
        ]);
    });

    it("are, by name, those of init containers that run on too, not of those that end", () => {
        const init = (restartPolicy?: string): V1Pod => {
            const made = pod("server", "10.244.0.2");
            made.spec!.initContainers = [{ name: "init", restartPolicy, ports: [{ name: "side", containerPort: 7 }] }];
            return made;
        };
        expect(admitted(undefined, [{ port: "side" }], [init("Always")])).eql([
            "ip daddr . meta l4proto . th dport { 10.244.0.2 . tcp . 7 } accept",
        ]);
        expect(admitted(undefined, [{ port: "side" }], [init()])).eql([]);
    });
});

describe("the address of a pod", () => {
    const addressed = (pods: V1Pod[], attached?: ReadonlyMap<string, string>) =>
        isolated(rules(pods, [policy("p", { podSelector: {} })], attached), "ingress");

    it("is the one that the node has just given it, before the API server knows", () => {
        expect(addressed([pod("server", undefined)])).equals(undefined);
        expect(addressed([pod("server", undefined)], new Map([["uid-n-server", "10.244.0.9"]]))).equals(
            "elements = { 10.244.0.9 : goto ingress-pod/n/server }",
        );
        expect(addressed([server], new Map([["uid-n-server", "10.244.0.9"]]))).equals(
            "elements = { 10.244.0.9 : goto ingress-pod/n/server }",
        );
    });

    it("is nobody's else, though the API server still says so", () => {
        const gone = pod("gone", "10.244.0.9");
        expect(addressed([gone, pod("server", undefined)], new Map([["uid-n-server", "10.244.0.9"]]))).equals(
            "elements = { 10.244.0.9 : goto ingress-pod/n/server }",
        );
        const [older, newer] = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"];
        const pods = [pod("a", "10.244.0.9", { created: newer }), pod("b", "10.244.0.9", { created: older })];
        expect(addressed(pods)).equals("elements = { 10.244.0.9 : goto ingress-pod/n/a }");
    });

    it("is its IPv4 one", () => {
        const dual = pod("server", undefined);
        dual.status = { phase: "Running", podIP: "fd00::1", podIPs: [{ ip: "fd00::1" }, { ip: "10.244.0.2" }] };
        expect(addressed([dual])).equals("elements = { 10.244.0.2 : goto ingress-pod/n/server }");
        dual.status = { phase: "Running", podIP: "fd00::1", podIPs: [{ ip: "fd00::1" }] };
        expect(addressed([dual])).equals(undefined);
    });
});
