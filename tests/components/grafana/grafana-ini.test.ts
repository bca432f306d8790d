import { expect } from "chai";
import { grafanaIni, renderGrafanaIni } from "../../../components/grafana/grafana-ini";

const ini = grafanaIni({ rootUrl: "https://grafana.example.com", anonymousViewers: false });
const off = { rootUrl: undefined, anonymousViewers: false };

describe("Grafana's configuration", () => {
    it("K-90 K-106: takes administrator and secret key from files", () => {
        expect(ini.security).to.deep.include({
            admin_user: "$__file{/etc/grafana/secrets/admin/username}",
            admin_password: "$__file{/etc/grafana/secrets/admin/password}",
            secret_key: "$__file{/etc/grafana/secrets/secret-key/secret-key}",
        });
    });

    it("K-107: lets in by user name and password alone", () => {
        expect(ini["auth.anonymous"]).to.deep.equal({ enabled: false });
        expect(ini.auth).to.deep.equal({ disable_login_form: false });
        expect(ini.users).to.deep.include({ allow_sign_up: false, auto_assign_org_role: "Viewer" });
        expect(ini.public_dashboards).to.deep.equal({ enabled: false });
    });

    it("S-66: shows dashboards without a login where told to, and lets nobody change any", () => {
        expect(grafanaIni({ ...off, anonymousViewers: true })["auth.anonymous"]).to.deep.equal({
            enabled: true,
            org_name: "Main Org.",
            org_role: "Viewer",
            hide_version: true,
        });
    });

    it("sends its cookie over TLS alone, where there is TLS", () => {
        expect(ini.security).to.deep.include({ cookie_secure: true, strict_transport_security: true });
        expect(grafanaIni({ ...off, rootUrl: "http://grafana.localhost" }).security).to.deep.include({
            cookie_secure: false,
        });
        expect(grafanaIni(off).server).to.deep.equal({ http_port: 3000 });
    });

    it("calls nobody outside", () => {
        expect(ini.analytics).to.deep.equal({
            reporting_enabled: false,
            check_for_updates: false,
            check_for_plugin_updates: false,
            feedback_links_enabled: false,
        });
        expect(ini.plugins).to.deep.include({ preinstall_disabled: true });
        expect(ini.security).to.deep.include({ disable_gravatar: true });
    });

    it("shows its metrics to whoever has the password alone", () => {
        expect(ini.metrics).to.deep.equal({
            enabled: true,
            basic_auth_username: "$__file{/etc/grafana/secrets/metrics/username}",
            basic_auth_password: "$__file{/etc/grafana/secrets/metrics/password}",
        });
    });

    it("is written as sections of keys", () => {
        expect(renderGrafanaIni(off)).to.contain("\n\n[server]\nhttp_port = 3000\n\n[database]\n");
    });
});
