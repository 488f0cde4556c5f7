{{- /* The injected container, in CEL. docs/kubernetes.md says of each setting what it is for. */ -}}

{{- define "secretfetch.override" -}}
{{- if .allowed -}}
variables.annotations[?"secretfetch/{{ .key }}"].orValue({{ .default | toJson }})
{{- else -}}
{{ .default | toJson }}
{{- end -}}
{{- end }}

{{- define "secretfetch.probe" -}}
variables.sidecar ? optional.of(Object.spec.initContainers.{{ .kind }}{
  exec: Object.spec.initContainers.{{ .kind }}.exec{ command: ["/secretfetch", "probe", {{ .ask | toJson }}] },
  periodSeconds: {{ .period }}, timeoutSeconds: 2, failureThreshold: {{ .failures }}
}) : optional.none()
{{- end }}

{{- define "secretfetch.container" -}}
Object.spec.initContainers{
  name: "secretfetch",
  image: {{ if .Values.overrides.image }}variables.annotations[?"secretfetch/image"].orValue(variables.defaultImage){{ else }}variables.defaultImage{{ end }},
  imagePullPolicy: {{ .Values.imagePullPolicy | toJson }},
  args: variables.args,
  ?restartPolicy: variables.sidecar ? optional.of("Always") : optional.none(),
  env: [
    {{- range .Values.env }}
    Object.spec.initContainers.env{ name: {{ .name | toJson }}, value: {{ .value | toJson }} },
    {{- end }}
  ] + (variables.inline == "" ? [] : [
    Object.spec.initContainers.env{
      name: "SECRETFETCH_CONFIG_INLINE",
      valueFrom: Object.spec.initContainers.env.valueFrom{
        fieldRef: Object.spec.initContainers.env.valueFrom.fieldRef{
          fieldPath: "metadata.annotations['secretfetch/config']"
        }
      }
    }
  ]) + (!("secretfetch/file-mode" in variables.annotations) ? [] : [
    Object.spec.initContainers.env{ name: "SECRETFETCH_MODE", value: variables.annotations["secretfetch/file-mode"] }
  ]) + (!variables.sidecar ? [] : [
    Object.spec.initContainers.env{ name: "SECRETFETCH_LISTEN", value: {{ .Values.sidecar.listen | toJson }} },
    {{- with .Values.sidecar.maxStale }}
    Object.spec.initContainers.env{ name: "SECRETFETCH_MAX_STALE", value: {{ . | toJson }} },
    {{- end }}
  ]),
  ?startupProbe: {{ include "secretfetch.probe" (dict "kind" "startupProbe" "ask" "ready" "period" 1 "failures" 90) | nindent 2 | trim }},
  ?readinessProbe: {{ include "secretfetch.probe" (dict "kind" "readinessProbe" "ask" "ready" "period" 10 "failures" 3) | nindent 2 | trim }},
  ?livenessProbe: {{ include "secretfetch.probe" (dict "kind" "livenessProbe" "ask" "live" "period" 30 "failures" 3) | nindent 2 | trim }},
  terminationMessagePolicy: "FallbackToLogsOnError",
  securityContext: Object.spec.initContainers.securityContext{
    runAsNonRoot: true,
    {{- with get .Values "runAsUser" }}
    ?runAsUser: variables.user > 0 ? optional.none() : optional.of({{ int64 . }}),
    {{- end }}
    {{- with get .Values "runAsGroup" | toString }}
    ?runAsGroup: variables.user > 0 ? optional.none() : optional.of({{ int64 . }}),
    {{- end }}
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: Object.spec.initContainers.securityContext.capabilities{ drop: ["ALL"] },
    seccompProfile: Object.spec.initContainers.securityContext.seccompProfile{ type: "RuntimeDefault" }
  },
  resources: Object.spec.initContainers.resources{
    {{- with .Values.resources.requests }}
    requests: {{ . | toJson }},
    {{- end }}
    limits: {
      {{- range $name, $quantity := .Values.resources.limits }}
      {{ $name | toJson }}: {{ if eq $name "memory" }}{{ include "secretfetch.override" (dict "key" "memory-limit" "default" $quantity "allowed" $.Values.overrides.memoryLimit) }}{{ else }}{{ $quantity | toJson }}{{ end }},
      {{- end }}
    }
  },
  volumeMounts: [
    Object.spec.initContainers.volumeMounts{ name: "secretfetch", mountPath: variables.mount }
  ] + (variables.configMap == "" ? [] : [
    Object.spec.initContainers.volumeMounts{
      name: "secretfetch-config", mountPath: "/etc/secretfetch", readOnly: true
    }
  ])
}
{{- end }}
