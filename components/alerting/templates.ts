/**
 * Headline and text of every chat and pager message: what is wrong, where, how bad, and where it says what to do.
 */
export const houseTemplates = `{{ define "perch.title" -}}
[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}]
{{- with .CommonLabels.severity }} {{ . }}{{ end }} {{ with .CommonLabels.alertname }}{{ . }}{{ else }}{{ .Alerts | len }} alerts{{ end }}
{{- with .CommonLabels.namespace }} in {{ . }}{{ end }}
{{- with .CommonLabels.cluster }} ({{ . }}){{ end }}
{{- end }}

{{ define "perch.text" -}}
{{ range .Alerts -}}
{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ or .Annotations.summary .Labels.alertname }}
{{ with .Annotations.description }}{{ . }}
{{ end }}{{ with .Annotations.runbook_url }}What to do: {{ . }}
{{ end }}
{{ end }}
{{- end }}
`;

/** Template files by name, in the order in which they are read: a later definition replaces an earlier one. */
export function templateFiles(own: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
    const files = Object.entries(own).map(([name, text]): [string, string] => [`own-${name}.tmpl`, text]);
    return new Map([["perch.tmpl", houseTemplates], ...files]);
}
