{{- define "fleet.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end }}

{{/* What never changes of a component, which selectors go by: (dict "root" $ "component" "worker") */}}
{{- define "fleet.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "fleet.labels" -}}
{{ include "fleet.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "fleet.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ printf "%s@%s" .repository .digest }}{{- else -}}{{ printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) }}{{- end -}}
{{- end -}}
{{- end }}

{{- define "fleet.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "fleet.name" .) "default" .Values.serviceAccount.create) -}}
{{- end }}

{{/* Of every pod. */}}
{{- define "fleet.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "fleet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* The keys of a Secret as files, and the variables that name them: (dict "keys" (list …)) */}}
{{- define "fleet.secretEnv" -}}
{{- range .keys }}
- { name: {{ . }}_FILE, value: /run/secrets/fleet/{{ . }} }
{{- end }}
{{- end }}

{{- define "fleet.volumeMounts" -}}
- { name: secrets, mountPath: /run/secrets/fleet, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- end }}

{{/* (dict "secretName" … "keys" (list …)) */}}
{{- define "fleet.volumes" -}}
- name: secrets
  secret:
    secretName: {{ .secretName }}
    defaultMode: 0440
    items:
      {{- range .keys }}
      - { key: {{ . }}, path: {{ . }} }
      {{- end }}
# What Node has compiled, for the next start of the container.
- name: tmp
  emptyDir: { sizeLimit: 128Mi }
{{- end }}

{{/* What every long-running process is told beside its own: (dict "root" $ "health" 9101) */}}
{{- define "fleet.commonEnv" -}}
- { name: HEALTH_HOST, value: 0.0.0.0 }
- { name: HEALTH_PORT, value: {{ .health | quote }} }
- { name: LOG_LEVEL, value: {{ .root.Values.logLevel }} }
{{- range $name, $value := .root.Values.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{- define "fleet.probes" -}}
startupProbe:
  httpGet: { path: /live, port: health }
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /live, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /ready, port: health }
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{/* Of a component's pods: (dict "root" $ "component" "worker" "values" .Values.worker) */}}
{{- define "fleet.scheduling" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: { {{ include "fleet.selector" . | replace "\n" ", " }} } }
{{- with .values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- end }}

{{/* For Prometheus where it discovers pods by annotation. */}}
{{- define "fleet.podAnnotations" -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .health | quote }}
prometheus.io/path: /metrics
{{- range $name, $value := .values.podAnnotations }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
