{{- define "holdfast.name" -}}
{{- if contains "holdfast" .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- else -}}{{ printf "%s-holdfast" .Release.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end }}

{{/* Of one part; dict root, component. */}}
{{- define "holdfast.selector" -}}
app.kubernetes.io/name: holdfast
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "holdfast.labels" -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "holdfast.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end }}

{{- define "holdfast.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "holdfast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What a service is told; dict root, engines (what it stands on), asks (the services it calls), signs, and env of its own as the values say. */}}
{{- define "holdfast.env" -}}
- { name: HOLDFAST_LOG_LEVEL, value: {{ .root.Values.logLevel | quote }} }
- { name: HOLDFAST_WRITE_SCHEMA, value: {{ .root.Values.writeSchema | quote }} }
{{- with .root.Values.traces.endpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
- { name: OTEL_TRACES_SAMPLER_ARG, value: {{ $.root.Values.traces.share | quote }} }
{{- end }}
- { name: HOLDFAST_GRPC_PORT, value: '4653' }
- { name: HOLDFAST_HTTP_PORT, value: '9464' }
- { name: HOLDFAST_DATA_DIR, value: /tmp/holdfast }
{{- range .asks }}
- { name: HOLDFAST_{{ upper . }}_ADDRESS, value: '{{ include "holdfast.name" $.root }}-{{ . }}:4653' }
{{- end }}
{{- range $key := .engines }}
- name: HOLDFAST_{{ $key | upper | replace "-" "_" }}
  valueFrom: { secretKeyRef: { name: {{ $.root.Values.engines.secret }}, key: {{ $key }} } }
{{- end }}
{{- if has "read-store" .engines }}
- name: HOLDFAST_PEOPLE
  valueFrom: { secretKeyRef: { name: {{ $.root.Values.engines.secret }}, key: people, optional: true } }
{{- end }}
{{- if .signs }}
- { name: HOLDFAST_SIGNING_KEY, value: 'env:SIGNING_KEY_PEM' }
- name: SIGNING_KEY_PEM
  valueFrom: { secretKeyRef: { name: {{ $.root.Values.engines.secret }}, key: signing-key } }
{{- end }}
{{- range $key, $value := .env }}
- { name: {{ $key }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "holdfast.envFrom" -}}
{{- with .Values.engines.artifactCredentialsSecret -}}
envFrom:
  - secretRef: { name: {{ . }} }
{{- end }}
{{- end }}

{{- define "holdfast.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{- define "holdfast.scrape" -}}
prometheus.io/scrape: 'true'
prometheus.io/port: '9464'
prometheus.io/path: /metrics
{{- end }}
