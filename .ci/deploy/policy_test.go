package deploy

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apiserver/pkg/admission"
	"sigs.k8s.io/yaml"

	batchv1 "k8s.io/api/batch/v1"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
)

// The pod that a developer writes; the cases say what is different in theirs.
const plain = `
apiVersion: v1
kind: Pod
metadata:
  name: orders
  namespace: shop
  labels:
    secretfetch/inject: "true"
  annotations:
    secretfetch/config: |
      region: ca-central-1
      files:
        - { path: app.env, format: env, keyStyle: upper-snake, secretId: vinsguru/prod }
spec:
  serviceAccountName: orders
  securityContext:
    runAsNonRoot: true
    fsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: app
      image: orders:1
      securityContext: &restricted
        allowPrivilegeEscalation: false
        capabilities:
          drop: [ALL]
`

// A pod as `plain`, changed.
func pod(t *testing.T, changes ...func(*corev1.Pod)) *corev1.Pod {
	t.Helper()
	pod := decodePod(t, plain)
	for _, change := range changes {
		change(pod)
	}
	return settled(t, pod)
}

func annotation(key, value string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Annotations["secretfetch/"+key] = value }
}

func without(key string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { delete(p.Annotations, "secretfetch/"+key) }
}

func label(value string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Labels["secretfetch/inject"] = value }
}

func configMap(p *corev1.Pod) {
	without("config")(p)
	annotation("config-map", "orders-secrets")(p)
}

func volume(name string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	}
}

func container(p *corev1.Pod, name string, mounts ...corev1.VolumeMount) corev1.Container {
	container := *p.Spec.Containers[0].DeepCopy()
	container.Name, container.VolumeMounts = name, mounts
	return container
}

func mounts(index int, mounts ...corev1.VolumeMount) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.Containers[index].VolumeMounts = append(p.Spec.Containers[index].VolumeMounts, mounts...)
	}
}

func containers(names ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, name := range names {
			p.Spec.Containers = append(p.Spec.Containers, container(p, name))
		}
	}
}

func initContainers(names ...string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		for _, name := range names {
			p.Spec.InitContainers = append(p.Spec.InitContainers, container(p, name))
		}
	}
}

func runAs(uid int64) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.SecurityContext.RunAsUser = &uid }
}

func noGroup(p *corev1.Pod) { p.Spec.SecurityContext.FSGroup = nil }

func manifests(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPodsThatAskForNothingStayAsTheyAre(t *testing.T) {
	s := serve(t, manifests(t))
	for name, change := range map[string]func(*corev1.Pod){
		"no label, no annotation": func(p *corev1.Pod) { p.Labels, p.Annotations = nil, nil },
		"other labels": func(p *corev1.Pod) {
			p.Labels, p.Annotations = map[string]string{"app": "x"}, map[string]string{"a": "b"}
		},
		"label false": label("false"),
		"no label, on windows": func(p *corev1.Pod) {
			p.Labels, p.Annotations, p.Spec.SecurityContext = nil, nil, nil
			p.Spec.Containers[0].SecurityContext = nil
			p.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
		},
		"a mirror of a static pod": func(p *corev1.Pod) {
			p.Annotations["kubernetes.io/config.mirror"] = "x"
			p.Spec.NodeName = "n"
			p.Spec.ServiceAccountName = ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := pod(t, change)
			after, err := s.create(t, before)
			if err != nil {
				t.Fatal(err)
			}
			if !equality.Semantic.DeepEqual(before, after) {
				t.Errorf("changed:\n%s", text(t, after))
			}
		})
	}
}

func TestPodsThatAskForSecretsGetThem(t *testing.T) {
	s := serve(t, manifests(t))
	for name, changes := range map[string][]func(*corev1.Pod){
		"inline":                             {},
		"config map":                         {configMap},
		"sidecar":                            {annotation("mode", "sidecar")},
		"init":                               {annotation("mode", "init")},
		"config map, sidecar, mount":         {configMap, annotation("mode", "sidecar"), annotation("mount", "/app/secrets")},
		"mount":                              {annotation("mount", "/app/..data-1/a@b+c_d")},
		"volumes":                            {volume("data"), mounts(0, corev1.VolumeMount{Name: "data", MountPath: "/data"})},
		"a mount whose name begins the same": {volume("data"), mounts(0, corev1.VolumeMount{Name: "data", MountPath: "/secrets2"})},
		"a mount above":                      {volume("data"), mounts(0, corev1.VolumeMount{Name: "data", MountPath: "/app"}), annotation("mount", "/app/secrets")},
		"init containers":                    {initContainers("migrate", "warm-up")},
		"init containers with mounts": {volume("data"), initContainers("migrate"), func(p *corev1.Pod) {
			p.Spec.InitContainers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
		}},
		"another sidecar": {initContainers("proxy"), func(p *corev1.Pod) {
			always := corev1.ContainerRestartPolicyAlways
			p.Spec.InitContainers[0].RestartPolicy = &always
		}},
		"three containers":                    {containers("b", "c")},
		"one of two mounts the volume itself": {containers("b"), mounts(0, corev1.VolumeMount{Name: "secretfetch", MountPath: "/run/app", ReadOnly: true})},
		"a file of it":                        {mounts(0, corev1.VolumeMount{Name: "secretfetch", MountPath: "/app/app.env", SubPath: "app.env", ReadOnly: true})},
		"user of the pod":                     {runAs(10001)},
		"user of the pod, no group":           {runAs(10001), noGroup},
		"file mode, no group":                 {noGroup, annotation("file-mode", "0444")},
		"root":                                {runAs(0), func(p *corev1.Pod) { p.Spec.SecurityContext.RunAsNonRoot = nil }},
		"hands-off pod":                       {func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever; p.Spec.HostNetwork = true }},
		"longest inline":                      {annotation("config", strings.Repeat("#", 131000))},
	} {
		t.Run(name, func(t *testing.T) {
			before := pod(t, changes...)
			after, err := s.create(t, before)
			if err != nil {
				t.Fatal(err)
			}
			injected(t, before, after)
			// Created again, as by a second webhook, a copied manifest or a second binding.
			again, err := s.create(t, after)
			if err != nil {
				t.Fatal(err)
			}
			if !equality.Semantic.DeepEqual(after, again) {
				t.Errorf("a second pass changed it:\n%s", text(t, again))
			}
		})
	}
}

// Whether the pod has been given what it must have, and nothing else was changed in it.
func injected(t *testing.T, before, after *corev1.Pod) {
	t.Helper()
	mount := before.Annotations["secretfetch/mount"]
	if mount == "" {
		mount = "/secrets"
	}
	ours := after.Spec.InitContainers[0]
	if ours.Name != "secretfetch" || ours.Image != "secretfetch:latest" {
		t.Fatalf("the first init container is %s, of %s", ours.Name, ours.Image)
	}
	sidecar := before.Annotations["secretfetch/mode"] == "sidecar"
	if want := map[bool]string{false: "fetch", true: "watch"}[sidecar]; ours.Args[0] != want {
		t.Errorf("%s instead of %s", ours.Args[0], want)
	}
	if sidecar != (ours.RestartPolicy != nil && *ours.RestartPolicy == corev1.ContainerRestartPolicyAlways && ours.StartupProbe != nil) {
		t.Error("a sidecar has restartPolicy Always and a startupProbe, another container neither")
	}
	if !slices.Contains(ours.Args, "--directory="+mount) || !slices.Contains(ours.VolumeMounts, corev1.VolumeMount{Name: "secretfetch", MountPath: mount}) {
		t.Errorf("does not write to %s: %v, %v", mount, ours.Args, ours.VolumeMounts)
	}
	if (ours.SecurityContext.RunAsUser == nil) != (before.Spec.SecurityContext.RunAsUser != nil && *before.Spec.SecurityContext.RunAsUser > 0) {
		t.Errorf("runs as user %v", ours.SecurityContext.RunAsUser)
	}
	if why := restricted(t, before); why == "" {
		if why := restricted(t, after); why != "" {
			t.Errorf("not restricted any more: %s", why)
		}
	} else if before.Spec.SecurityContext.RunAsNonRoot != nil && !before.Spec.HostNetwork {
		t.Errorf("the case itself is not restricted: %s", why)
	}

	rest := after.DeepCopy()
	rest.Spec.InitContainers = rest.Spec.InitContainers[1:]
	var added []string
	rest.Spec.Volumes = slices.DeleteFunc(rest.Spec.Volumes, func(v corev1.Volume) bool {
		if v.Name != "secretfetch" && v.Name != "secretfetch-config" {
			return false
		}
		added = append(added, v.Name)
		if v.Name == "secretfetch" && (v.EmptyDir == nil || v.EmptyDir.Medium != corev1.StorageMediumMemory || v.EmptyDir.SizeLimit.String() != "4Mi") {
			t.Errorf("the volume is %v", v.EmptyDir)
		}
		if v.Name == "secretfetch-config" && v.ConfigMap.Name != before.Annotations["secretfetch/config-map"] {
			t.Errorf("the ConfigMap is %v", v.ConfigMap)
		}
		return true
	})
	want := []string{"secretfetch"}
	if before.Annotations["secretfetch/config-map"] != "" {
		want = append(want, "secretfetch-config")
	}
	if !reflect.DeepEqual(added, want) {
		t.Errorf("added the volumes %v instead of %v", added, want)
	}
	all := [][2][]corev1.Container{{before.Spec.Containers, rest.Spec.Containers}, {before.Spec.InitContainers, rest.Spec.InitContainers}}
	for _, pair := range all {
		for i := range pair[0] {
			own := slices.ContainsFunc(pair[0][i].VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == "secretfetch" })
			if own {
				continue
			}
			last := len(pair[1][i].VolumeMounts) - 1
			if last < 0 || pair[1][i].VolumeMounts[last] != (corev1.VolumeMount{Name: "secretfetch", MountPath: mount, ReadOnly: true}) {
				t.Errorf("container %s has the mounts %v", pair[1][i].Name, pair[1][i].VolumeMounts)
				continue
			}
			pair[1][i].VolumeMounts = pair[1][i].VolumeMounts[:last]
		}
	}
	if !equality.Semantic.DeepEqual(before, rest) {
		t.Errorf("something else was changed:\n%s", text(t, rest))
	}
}

func text(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	text, err := yaml.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the pods become, in full: testdata has them before and after.
func TestTheInjectedPods(t *testing.T) {
	s := serve(t, manifests(t))
	for _, name := range []string{"init", "sidecar"} {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile("testdata/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			after, err := s.create(t, decodePod(t, string(file)))
			if err != nil {
				t.Fatal(err)
			}
			result := text(t, after)
			// Strictly: no field that the API does not have.
			decodePod(t, result)
			held(t, "testdata/"+name+".injected.yaml", result)
			if why := restricted(t, after); why != "" {
				t.Error(why)
			}
		})
	}
}

func TestAJobsPodGetsItsSecrets(t *testing.T) {
	s := serve(t, manifests(t))
	job := decode(t, `
apiVersion: batch/v1
kind: Job
metadata: { name: migrate, namespace: shop }
spec:
  template:
    metadata:
      labels: { secretfetch/inject: "true" }
      annotations: { secretfetch/config-map: orders-secrets }
    spec:
      restartPolicy: Never
      securityContext: { runAsNonRoot: true, fsGroup: 65532, seccompProfile: { type: RuntimeDefault } }
      containers:
        - name: migrate
          image: orders:1
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
`).(*batchv1.Job)
	for _, mode := range []string{"init", "sidecar"} {
		// As the Job's controller makes it.
		before := &corev1.Pod{ObjectMeta: *job.Spec.Template.ObjectMeta.DeepCopy(), Spec: *job.Spec.Template.Spec.DeepCopy()}
		before.APIVersion, before.Kind = "v1", "Pod"
		before.GenerateName, before.Name, before.Namespace = "migrate-", "migrate-x", "shop"
		before.Annotations["secretfetch/mode"] = mode
		before = settled(t, before)
		after, err := s.create(t, before)
		if err != nil {
			t.Fatal(err)
		}
		injected(t, before, after)
	}
}

func TestPodsThatRunAreLeftAlone(t *testing.T) {
	s := serve(t, manifests(t))
	before := pod(t)
	for name, changed := range map[string]*corev1.Pod{
		"": pod(t, func(p *corev1.Pod) { p.Labels["team"] = "b" }),
		"ephemeralcontainers": pod(t, func(p *corev1.Pod) {
			p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debug", Image: "busybox"}}}
		}),
		"status": pod(t, func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning }),
	} {
		t.Run("update "+name, func(t *testing.T) {
			after, err := s.admit(t, changed, before, admission.Update, name)
			if err != nil {
				t.Fatal(err)
			}
			if !equality.Semantic.DeepEqual(changed, after) {
				t.Errorf("changed:\n%s", text(t, after))
			}
		})
	}
}

func TestWhatIsWrongIsRefusedWithAMessage(t *testing.T) {
	s := serve(t, manifests(t))
	for name, test := range map[string]struct {
		message string
		changes []func(*corev1.Pod)
	}{
		"label only":                    {"no configuration: write it as YAML into the annotation secretfetch/config, or the name of a ConfigMap", []func(*corev1.Pod){without("config")}},
		"no annotations":                {"no configuration: ", []func(*corev1.Pod){func(p *corev1.Pod) { p.Annotations = nil }}},
		"empty config":                  {"no configuration: ", []func(*corev1.Pod){annotation("config", "")}},
		"both forms":                    {"two configurations: keep one of the annotations", []func(*corev1.Pod){annotation("config-map", "orders-secrets")}},
		"annotations only":              {`label secretfetch/inject: must be "true"`, []func(*corev1.Pod){func(p *corev1.Pod) { p.Labels = nil }}},
		"label yes":                     {`label secretfetch/inject: must be "true"`, []func(*corev1.Pod){label("yes")}},
		"label empty":                   {`label secretfetch/inject: must be "true"`, []func(*corev1.Pod){label("")}},
		"config too long":               {"annotation secretfetch/config: more than 131000 bytes", []func(*corev1.Pod){annotation("config", strings.Repeat("é", 65501))}},
		"config map with its namespace": {`annotation secretfetch/config-map: "shop/orders" is not the name of a ConfigMap`, []func(*corev1.Pod){configMap, annotation("config-map", "shop/orders")}},
		"config map in capitals":        {`annotation secretfetch/config-map: "Orders" is not`, []func(*corev1.Pod){configMap, annotation("config-map", "Orders")}},
		"misspelt annotation":           {"no such annotation: secretfetch/configmap. There are secretfetch/config,", []func(*corev1.Pod){without("config"), annotation("configmap", "orders")}},
		"unknown mode":                  {`annotation secretfetch/mode: "daemon" is neither "init"`, []func(*corev1.Pod){annotation("mode", "daemon")}},
		"empty mode":                    {`annotation secretfetch/mode: "" is neither "init"`, []func(*corev1.Pod){annotation("mode", "")}},
		"relative mount":                {`annotation secretfetch/mount: "app/secrets" is written as an absolute path such as "/app/secrets"`, []func(*corev1.Pod){annotation("mount", "app/secrets")}},
		"empty mount":                   {`annotation secretfetch/mount: "" is written`, []func(*corev1.Pod){annotation("mount", "")}},
		"mount with a slash at its end": {`annotation secretfetch/mount: "/app/" is written`, []func(*corev1.Pod){annotation("mount", "/app/")}},
		"mount with ..":                 {`annotation secretfetch/mount: "/app/../etc" is written`, []func(*corev1.Pod){annotation("mount", "/app/../etc")}},
		"mount with a variable":         {`annotation secretfetch/mount: "/$(HOME)" is written`, []func(*corev1.Pod){annotation("mount", "/$(HOME)")}},
		"mount with a line":             {`annotation secretfetch/mount: written as an absolute path such as "/app/secrets"`, []func(*corev1.Pod){annotation("mount", "/app\n")}},
		"mount at the root":             {`annotation secretfetch/mount: "/" is written`, []func(*corev1.Pod){annotation("mount", "/")}},
		"mount at /etc":                 {"annotation secretfetch/mount: nothing can be mounted at /etc;", []func(*corev1.Pod){annotation("mount", "/etc")}},
		"mount over the program":        {"annotation secretfetch/mount: nothing can be mounted at /secretfetch;", []func(*corev1.Pod){annotation("mount", "/secretfetch")}},
		"mount over the configuration":  {"annotation secretfetch/mount: nothing can be mounted at /etc/secretfetch/x;", []func(*corev1.Pod){annotation("mount", "/etc/secretfetch/x")}},
		"mount taken": {"annotation secretfetch/mount: /secrets is taken: container app mounts volume data at /secrets.", []func(*corev1.Pod){
			volume("data"), mounts(0, corev1.VolumeMount{Name: "data", MountPath: "/secrets"})}},
		"mount taken, with a slash": {"container app mounts volume data at /secrets/. Name", []func(*corev1.Pod){
			volume("data"), mounts(0, corev1.VolumeMount{Name: "data", MountPath: "/secrets/"})}},
		"mount taken in one of two": {"is taken: container b mounts volume data at /secrets.", []func(*corev1.Pod){
			volume("data"), containers("b"), mounts(1, corev1.VolumeMount{Name: "data", MountPath: "/secrets"})}},
		"mount taken in an init container": {"is taken: container migrate mounts volume data at /secrets.", []func(*corev1.Pod){
			volume("data"), initContainers("migrate"), func(p *corev1.Pod) {
				p.Spec.InitContainers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/secrets"}}
			}}},
		"a mount below": {"is taken: container app mounts volume data at /secrets/cache.", []func(*corev1.Pod){
			volume("data"), mounts(0, corev1.VolumeMount{Name: "data", MountPath: "/secrets/cache"})}},
		// An injection by hand, as in examples/kubernetes, beside this one.
		"two injections on one path": {"/secrets is taken: container app mounts volume secret at /secrets; container secrets-provider mounts volume secret at /secrets.", []func(*corev1.Pod){
			volume("secret"), initContainers("secrets-provider"), mounts(0, corev1.VolumeMount{Name: "secret", MountPath: "/secrets", ReadOnly: true}), func(p *corev1.Pod) {
				p.Spec.InitContainers[0].VolumeMounts = []corev1.VolumeMount{{Name: "secret", MountPath: "/secrets"}}
			}}},
		"writable mount": {`container app: the volume "secretfetch" is mounted with readOnly: true`, []func(*corev1.Pod){func(p *corev1.Pod) {
			p.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "secretfetch", MountPath: "/secrets"}}
			volume("secretfetch")(p)
		}}},
		"volume name taken":         {`spec.volumes: the names "secretfetch" and`, []func(*corev1.Pod){volume("secretfetch")}},
		"config volume's name":      {`spec.volumes: the names "secretfetch" and`, []func(*corev1.Pod){configMap, volume("secretfetch-config")}},
		"container name taken":      {`spec.containers: the name "secretfetch" is`, []func(*corev1.Pod){containers("secretfetch")}},
		"init container name taken": {`spec.initContainers: the name "secretfetch" is`, []func(*corev1.Pod){initContainers("secretfetch")}},
		"windows": {"secretfetch has no image for Windows", []func(*corev1.Pod){func(p *corev1.Pod) {
			p.Spec.OS, p.Spec.SecurityContext, p.Spec.Containers[0].SecurityContext = &corev1.PodOS{Name: corev1.Windows}, nil, nil
		}}},
		"windows by its nodes": {"secretfetch has no image for Windows", []func(*corev1.Pod){func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"kubernetes.io/os": "windows"} }}},
		"no group":             {"set spec.securityContext.fsGroup (65532, say)", []func(*corev1.Pod){noGroup}},
		"no security context":  {"set spec.securityContext.fsGroup", []func(*corev1.Pod){func(p *corev1.Pod) { p.Spec.SecurityContext = nil }}},
		"another user, no group": {"set spec.securityContext.fsGroup", []func(*corev1.Pod){noGroup, runAs(1000), func(p *corev1.Pod) {
			other := int64(1001)
			p.Spec.Containers[0].SecurityContext.RunAsUser = &other
		}}},
		"file mode":    {`annotation secretfetch/file-mode: written in octal, such as "0444"`, []func(*corev1.Pod){annotation("file-mode", "u=r")}},
		"image":        {"annotation secretfetch/image: not the pod's choice in this cluster", []func(*corev1.Pod){annotation("image", "other:1")}},
		"size limit":   {"annotation secretfetch/size-limit: not the pod's choice", []func(*corev1.Pod){annotation("size-limit", "1Gi")}},
		"memory limit": {"annotation secretfetch/memory-limit: not the pod's choice", []func(*corev1.Pod){annotation("memory-limit", "1Gi")}},
	} {
		t.Run(name, func(t *testing.T) {
			after, err := s.create(t, pod(t, test.changes...))
			refused(t, after, err, "ValidatingAdmissionPolicy 'secretfetch-inject' with binding 'secretfetch-inject' denied request: ", test.message)
		})
	}
}

func refused(t *testing.T, after *corev1.Pod, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("admitted:\n%s", text(t, after))
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message does not say %q: %v", part, err)
		}
	}
}

func TestThePolicysFieldsAreThoseOfAPod(t *testing.T) {
	for _, part := range documents(manifests(t)) {
		policy, ok := decode(t, part).(*admissionv1.ValidatingAdmissionPolicy)
		if !ok {
			continue
		}
		for _, warning := range warnings(t, policy) {
			t.Error(warning)
		}
		policy.Spec.Validations[0].Expression = "object.spec.initContainer.size() == 0"
		if len(warnings(t, policy)) != 1 {
			t.Error("a field that pods do not have is not found")
		}
		return
	}
	t.Error("no ValidatingAdmissionPolicy")
}

// What the validating policy is for when the other one is not there.
func TestAPodThatWasNotChangedIsRefused(t *testing.T) {
	var rest []string
	for _, text := range documents(manifests(t)) {
		if !strings.Contains(text, "kind: MutatingAdmissionPolicyBinding") {
			rest = append(rest, text)
		}
	}
	after, err := serve(t, rest...).create(t, pod(t))
	refused(t, after, err, "the pod was not changed: the MutatingAdmissionPolicy secretfetch-inject or its binding is missing")
}

// failurePolicy: Fail, in both.
func TestAPodIsRefusedIfAPolicyCannotBeEvaluated(t *testing.T) {
	for part, broken := range map[string]string{
		`path: "/spec/initContainers/0"`:                        `path: "/spec/nothing/0"`,
		`expression: object.spec.containers.all(c, c.name != "`: `expression: object.spec.nothing.all(c, c.name != "`,
	} {
		text := strings.ReplaceAll(manifests(t), part, broken)
		if text == manifests(t) {
			t.Fatalf("the manifest has no %s", part)
		}
		_, err := serve(t, text).create(t, pod(t))
		if err == nil || strings.Contains(err.Error(), "was not changed") {
			t.Errorf("with %s: %v", broken, err)
		}
	}
}

// Two installations, neither of which knows of the other.
func TestTwoPoliciesInjectOnce(t *testing.T) {
	second := strings.ReplaceAll(manifests(t), "secretfetch-inject", "other-inject")
	after, err := serve(t, manifests(t), second).create(t, pod(t))
	if err != nil {
		t.Fatal(err)
	}
	injected(t, pod(t), after)
}

func TestTheOperatorsValuesAreInThePod(t *testing.T) {
	values := `
image: "registry.example.com/secretfetch@sha256:0000000000000000000000000000000000000000000000000000000000000000"
imagePullPolicy: Always
mount: /run/app/secrets
mode: sidecar
sizeLimit: 16Mi
resources: { requests: { cpu: 5m }, limits: { memory: 32Mi, cpu: "1" } }
runAsUser: null
runAsGroup: null
extraArgs: [--timeout=30s, "--report=json"]
env: [{ name: HTTPS_PROXY, value: "http://proxy.example.com:3128/'\"\\" }]
sidecar: { listen: ":9000", maxStale: 24h }
overrides: { image: false, sizeLimit: true, memoryLimit: true }
`
	s := serve(t, mustRender(t, values))
	after, err := s.create(t, pod(t, annotation("size-limit", "1Gi"), annotation("memory-limit", "2Gi")))
	if err != nil {
		t.Fatal(err)
	}
	held(t, "testdata/values.injected.yaml", text(t, after))
	after, err = s.create(t, pod(t, annotation("size-limit", "large")))
	refused(t, after, err, `annotation secretfetch/size-limit: a quantity of memory, such as "16Mi"`)
	after, err = s.create(t, pod(t, annotation("image", "mine:1")))
	refused(t, after, err, "annotation secretfetch/image: not the pod's choice in this cluster")
}

func TestAnImageOfThePodsChoiceIfTheOperatorAllowsIt(t *testing.T) {
	s := serve(t, mustRender(t, `overrides: { image: true }`))
	after, err := s.create(t, pod(t, annotation("image", "mine:1")))
	if err != nil {
		t.Fatal(err)
	}
	if image := after.Spec.InitContainers[0].Image; image != "mine:1" {
		t.Error(image)
	}
	after, err = s.create(t, pod(t, annotation("image", "two words")))
	refused(t, after, err, "annotation secretfetch/image: the name of an image")
}

func TestServiceAccountsCarryTheirIdentity(t *testing.T) {
	text := mustRender(t, `serviceAccounts: [{ name: orders, namespace: shop, annotations: { eks.amazonaws.com/role-arn: "arn:aws:iam::123456789012:role/orders" } }]`)
	for _, part := range documents(text) {
		if account, ok := decode(t, part).(*corev1.ServiceAccount); ok {
			if account.Namespace != "shop" || account.Annotations["eks.amazonaws.com/role-arn"] != "arn:aws:iam::123456789012:role/orders" {
				t.Errorf("%v", account)
			}
			serve(t, text)
			return
		}
	}
	t.Error("no ServiceAccount")
}

func TestKustomizeSetsTheImageAndTheNamespaces(t *testing.T) {
	s := serve(t, kustomized(t))
	after, err := s.create(t, pod(t))
	if err != nil {
		t.Fatal(err)
	}
	if image := after.Spec.InitContainers[0].Image; image != "registry.example.com/secretfetch:0.1.0" {
		t.Error(image)
	}
	elsewhere := pod(t, func(p *corev1.Pod) { p.Namespace = "elsewhere" })
	after, err = s.create(t, elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if !equality.Semantic.DeepEqual(elsewhere, after) {
		t.Errorf("changed:\n%s", text(t, after))
	}
}
