import { expect } from "chai";
import { parse } from "yaml";
import { cniConflist, containerdToml, hostsToml, kubeletYaml, kubeProxyYaml } from "../../../sandbox/node/config-files";
import { addressesOf, nodeLayout, nodeNetwork } from "../../../sandbox/node/settings";
import { rangeOf } from "../../../sandbox/node/subnets";
import { network } from "../../../sandbox/platform/settings";

const paths = {
    containerdRoot: '/run folder/"quoted"/containerd',
    cniConfig: "/etc/cni",
    registries: "/etc/registries",
    runc: "/tools/runc",
    cniFolders: ["/tools/a", "/tools/b", "/tools/a"],
    kubernetesCa: "/pki/ca.crt",
    kubeletCertificate: "/pki/kubelet.crt",
    kubeletKey: "/pki/kubelet.key",
    kubeProxyKubeconfig: "/etc/kube-proxy.kubeconfig",
    resolvConf: "/etc/resolv.conf",
    volumePlugins: "/volume-plugins",
};

describe("the configuration of the node's programs", () => {
    it("keeps containerd to the run folder, to runc as given, and to the folders of the plugins, each once", () => {
        const toml = containerdToml(paths, "registry.k8s.io/pause:3.10.2");
        expect(toml).includes('root = "/run folder/\\"quoted\\"/containerd"');
        expect(toml).includes('BinaryName = "/tools/runc"');
        expect(toml).includes('bin_dirs = ["/tools/a", "/tools/b"]');
        expect(toml).includes('sandbox = "registry.k8s.io/pause:3.10.2"');
    });

    it("gets every image from the sandbox's registry", () => {
        expect(hostsToml("http://10.123.0.1:5000")).equals(
            'server = "http://10.123.0.1:5000"\n\n[host."http://10.123.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n',
        );
    });

    it("gives pods addresses of the node's range, and ends with the plugin that waits for their policies", () => {
        const { plugins } = JSON.parse(cniConflist({ type: "wait", agentPort: 1 })) as {
            plugins: { type: string; ipam?: { ranges: { subnet: string }[][] } }[];
        };
        expect(plugins.map(({ type }) => type)).eql(["bridge", "portmap", "wait"]);
        expect(plugins[0]?.ipam?.ranges).eql([[{ subnet: nodeNetwork.podCidr }]]);
    });

    it("lets only those in at the kubelet whom the API server knows", () => {
        const kubelet = parse(kubeletYaml(paths, "perch-1")) as Record<string, unknown>;
        expect(kubelet).deep.includes({
            authentication: {
                anonymous: { enabled: false },
                webhook: { enabled: true },
                x509: { clientCAFile: "/pki/ca.crt" },
            },
            authorization: { mode: "Webhook" },
            cgroupRoot: "/perch-1",
            clusterDNS: [nodeNetwork.dnsIp],
        });
    });

    it("has kube-proxy leave alone what is the whole machine's", () => {
        const proxy = parse(kubeProxyYaml(paths)) as Record<string, unknown>;
        expect(proxy).deep.includes({
            mode: "nftables",
            conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
        });
    });
});

describe("the node's ranges of addresses", () => {
    it("don't overlap: pods, simulated pods, Services, the wire", () => {
        const ranges = [
            nodeNetwork.podCidr,
            nodeNetwork.simulatedPodCidr,
            network.serviceCidr,
            addressesOf("10.123.0").subnet,
        ].map((cidr) => rangeOf(cidr)!);
        for (const [index, [first, last]] of ranges.entries()) {
            expect(ranges.slice(index + 1).filter((other) => other[0] <= last && other[1] >= first)).eql([]);
        }
    });

    it("have the DNS's address among the Services', and outside addresses beside the two ends of the wire", () => {
        const [first, last] = rangeOf(network.serviceCidr)!;
        const [dns] = rangeOf(nodeNetwork.dnsIp)!;
        expect(dns).within(first, last);
        const { external } = nodeLayout(addressesOf("10.123.4"), { cert: "", key: "" });
        expect(external.prefix).equals("10.123.4.");
        expect(external.firstIngress).above(2);
        expect(external.firstService).above(external.firstIngress);
    });
});
