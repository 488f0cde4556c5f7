{{- /*
What the two policies have in common. The mutating one changes a pod only if no check fails; the validating one, which
sees the pod after that, refuses it with the check's message. CEL takes a JSON string as its own: toJson quotes values.
*/ -}}

{{- define "secretfetch.name" -}}
{{ .Release.Name }}-inject
{{- end }}

{{- define "secretfetch.labels" -}}
app.kubernetes.io/name: secretfetch
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "secretfetch.matchResources" -}}
resourceRules:
  - apiGroups: [""]
    apiVersions: [v1]
    operations: [CREATE]
    resources: [pods]
    scope: Namespaced
matchPolicy: Equivalent
{{- end }}

{{- /* The first ones are what an operator changes; deploy/README.md patches them by their place. */ -}}
{{- define "secretfetch.variables" -}}
- name: defaultImage
  expression: {{ .Values.image | toJson | squote }}
- name: annotations
  expression: object.metadata.?annotations.orValue({})
- name: inline
  expression: variables.annotations[?"secretfetch/config"].orValue("")
- name: configMap
  expression: variables.annotations[?"secretfetch/config-map"].orValue("")
- name: mode
  expression: variables.annotations[?"secretfetch/mode"].orValue({{ .Values.mode | toJson }})
- name: mount
  expression: variables.annotations[?"secretfetch/mount"].orValue({{ .Values.mount | toJson }})
- name: args
  expression: >-
    (variables.mode == "sidecar" ? ["watch"] : ["fetch"])
    + (variables.configMap == "" ? [] : ["--config=/etc/secretfetch/config.yaml"])
    + ["--directory=" + variables.mount] + {{ .Values.extraArgs | toJson }}
- name: initContainers
  expression: object.spec.?initContainers.orValue([])
- name: volumes
  expression: object.spec.?volumes.orValue([])
# The pod's own, init containers among them.
- name: containers
  expression: object.spec.containers + variables.initContainers.filter(c, c.name != "secretfetch")
{{- end }}

{{- /* The API server takes message where what messageExpression makes is not one line, or longer than 5 KiB. */ -}}
{{- define "secretfetch.checks" -}}
- expression: >-
    variables.annotations.all(key, !key.startsWith("secretfetch/") || key in ["secretfetch/config",
    "secretfetch/config-map", "secretfetch/mount", "secretfetch/mode", "secretfetch/file-mode", "secretfetch/image",
    "secretfetch/size-limit", "secretfetch/memory-limit"])
  message: >-
    an annotation that begins with secretfetch/ and means nothing
  messageExpression: >-
    "no such annotation: " + variables.annotations.filter(key, key.startsWith("secretfetch/") && !(key in
    ["secretfetch/config", "secretfetch/config-map", "secretfetch/mount", "secretfetch/mode", "secretfetch/file-mode",
    "secretfetch/image", "secretfetch/size-limit", "secretfetch/memory-limit"])).join(", ") + ". There are
    secretfetch/config, config-map, mount, mode, file-mode, image, size-limit and memory-limit"
- expression: >-
    object.spec.?os.?name.orValue("linux") != "windows"
    && object.spec.?nodeSelector[?"kubernetes.io/os"].orValue("linux") != "windows"
  message: >-
    secretfetch has no image for Windows: take the label secretfetch/inject away, or schedule the pod on Linux
- expression: variables.inline != "" || variables.configMap != ""
  message: >-
    no configuration: write it as YAML into the annotation secretfetch/config, or the name of a ConfigMap that has it
    under the key config.yaml into secretfetch/config-map, on the pod (in a Deployment:
    spec.template.metadata.annotations)
- expression: variables.inline == "" || variables.configMap == ""
  message: >-
    two configurations: keep one of the annotations secretfetch/config (the YAML itself) and secretfetch/config-map (the
    name of a ConfigMap)
# The kernel takes 128 KiB in one variable, its name included.
- expression: size(bytes(variables.inline)) <= 131000
  message: >-
    annotation secretfetch/config: more than 131000 bytes, which is too long for a variable; put the configuration
    into a ConfigMap, and its name into secretfetch/config-map
- expression: >-
    variables.configMap == "" || variables.configMap.size() <= 253
    && variables.configMap.matches("^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
  message: >-
    annotation secretfetch/config-map: not the name of a ConfigMap
  messageExpression: >-
    "annotation secretfetch/config-map: \"" + variables.configMap + "\" is not the name of a ConfigMap; it is of the
    pod's own namespace, and is written without it"
- expression: variables.mode in ["init", "sidecar"]
  message: >-
    annotation secretfetch/mode: neither "init" nor "sidecar"
  messageExpression: >-
    "annotation secretfetch/mode: \"" + variables.mode + "\" is neither \"init\" (once, before the pod's containers
    start) nor \"sidecar\" (and kept fresh while they run)"
- expression: >-
    variables.mount.matches("^(/[A-Za-z0-9._@+-]+)+$") && !variables.mount.matches("/[.][.]?(/|$)")
  message: >-
    annotation secretfetch/mount: written as an absolute path such as "/app/secrets"
  messageExpression: >-
    "annotation secretfetch/mount: \"" + variables.mount + "\" is written as an absolute path such as
    \"/app/secrets\": no slash at the end, no \"..\", of letters, digits and . _ @ + -"
- expression: >-
    !variables.mount.matches("^/(dev|etc|(proc|sys|secretfetch|etc/secretfetch)(/.*)?)$")
  messageExpression: >-
    "annotation secretfetch/mount: nothing can be mounted at " + variables.mount + "; take a directory of the
    application, such as \"/app/secrets\""
- expression: >-
    variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, m.name == "secretfetch"
    || m.mountPath != variables.mount && !m.mountPath.startsWith(variables.mount + "/")))
  message: >-
    annotation secretfetch/mount: a container mounts another volume at this path, or below it
  messageExpression: >-
    "annotation secretfetch/mount: " + variables.mount + " is taken: " + variables.containers.filter(c,
    c.?volumeMounts.orValue([]).exists(m, m.name != "secretfetch" && (m.mountPath == variables.mount
    || m.mountPath.startsWith(variables.mount + "/")))).map(c, "container " + c.name + " mounts volume " +
    c.volumeMounts.filter(m, m.name != "secretfetch" && (m.mountPath == variables.mount
    || m.mountPath.startsWith(variables.mount + "/"))).map(m, m.name + " at " + m.mountPath).join(", ")).join("; ") +
    ". Name another path, or mount the volume \"secretfetch\" there"
- expression: >-
    variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, m.name != "secretfetch" ||
    m.?readOnly.orValue(false)))
  message: >-
    the volume "secretfetch" is mounted with readOnly: true
  messageExpression: >-
    "container " + variables.containers.filter(c, c.?volumeMounts.orValue([]).exists(m, m.name == "secretfetch"
    && !m.?readOnly.orValue(false))).map(c, c.name).join(", ") + ": the volume \"secretfetch\" is mounted with
    readOnly: true"
- expression: object.spec.containers.all(c, c.name != "secretfetch")
  message: >-
    spec.containers: the name "secretfetch" is that of the injected container; call the pod's own otherwise
- expression: >-
    variables.initContainers.exists(c, c.name == "secretfetch")
    || variables.volumes.all(v, !(v.name in ["secretfetch", "secretfetch-config"]))
  message: >-
    spec.volumes: the names "secretfetch" and "secretfetch-config" are those of the injected volumes; call the pod's own
    otherwise
- expression: >-
    variables.initContainers.all(c, c.name != "secretfetch" || c.?args.orValue([]) == variables.args
    && variables.volumes.exists(v, v.name == "secretfetch" && v.?emptyDir.?medium.orValue("") == "Memory"))
  message: >-
    spec.initContainers: the name "secretfetch" is that of the injected container, and this one is not it; take it away,
    with the volume "secretfetch", or call it otherwise
- expression: >-
    !("secretfetch/file-mode" in variables.annotations)
    || variables.annotations["secretfetch/file-mode"].matches("^0?[0-7]{3}$")
  message: >-
    annotation secretfetch/file-mode: written in octal, such as "0444"; it is for all files, and wins over the
    configuration
{{- range $key, $value := dict "image" "image" "size-limit" "sizeLimit" "memory-limit" "memoryLimit" }}
{{- if not (get $.Values.overrides $value) }}
- expression: '!("secretfetch/{{ $key }}" in variables.annotations)'
  message: >-
    annotation secretfetch/{{ $key }}: not the pod's choice in this cluster; its operator can allow it
    (overrides.{{ $value }} of the chart)
{{- else if eq $key "image" }}
- expression: variables.annotations[?"secretfetch/image"].orValue("x").matches("^[a-z0-9][A-Za-z0-9._:/@-]*$")
  message: >-
    annotation secretfetch/image: the name of an image, best with a digest
{{- else }}
- expression: isQuantity(variables.annotations[?"secretfetch/{{ $key }}"].orValue("1Mi"))
  message: >-
    annotation secretfetch/{{ $key }}: a quantity of memory, such as "16Mi"
{{- end }}
{{- end }}
{{- end }}
