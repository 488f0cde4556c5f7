// Package deploy tests ../../deploy by the programs that read it: Helm, kustomize and the API server of Kubernetes 1.36.
package deploy

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const (
	chartDirectory = "../../deploy/chart/secretfetch"
	manifest       = "../../deploy/manifests/secretfetch.yaml"
	overlay        = "../../deploy/kustomize"
)

var update = flag.Bool("update", false, "write what is rendered in place of comparing it")

// As `helm template secretfetch deploy/chart/secretfetch`, without the notes. The values are YAML.
func render(t *testing.T, yamlValues string) (string, error) {
	t.Helper()
	chart, err := loader.LoadDir(chartDirectory)
	if err != nil {
		t.Fatal(err)
	}
	capabilities := common.DefaultCapabilities.Copy()
	capabilities.KubeVersion = common.KubeVersion{Version: "v1.36.0", Major: "1", Minor: "36"}
	release := common.ReleaseOptions{Name: "secretfetch", Namespace: "secretfetch", Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(chart, parse(t, yamlValues), release, capabilities)
	if err != nil {
		return "", err
	}
	files, err := engine.Engine{Strict: true}.Render(chart, values)
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	var text strings.Builder
	for _, name := range names {
		content := strings.TrimSpace(files[name])
		if content == "" || strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, ".tpl") {
			continue
		}
		if !strings.HasPrefix(content, "---") {
			text.WriteString("---\n")
		}
		text.WriteString(content + "\n")
	}
	return text.String(), nil
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	values := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func mustRender(t *testing.T, values string) string {
	t.Helper()
	text, err := render(t, values)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestHelmLintHasNothingToSay(t *testing.T) {
	capabilities := &common.KubeVersion{Version: "v1.36.0", Major: "1", Minor: "36"}
	result := lint.RunAll(chartDirectory, map[string]any{}, "secretfetch", lint.WithKubeVersion(capabilities))
	for _, message := range result.Messages {
		if message.Severity > support.InfoSev {
			t.Error(message)
		}
	}
}

func TestTheManifestIsTheChartWithItsDefaults(t *testing.T) {
	head := "# Rendered from ../chart/secretfetch with its default values; not edited by hand.\n"
	held(t, manifest, head+mustRender(t, ""))
}

// Compares text with a file, or writes it there (-update).
func held(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(file) != text {
		t.Errorf("%s is not what is rendered now; `go test ./... -update` in .ci/deploy writes:\n%s", path, text)
	}
}

func TestTheSchemaRefusesBadValues(t *testing.T) {
	for values, field := range map[string]string{
		`imag: other`:                         "imag",
		`image: ""`:                           "image",
		`image: "two words"`:                  "image",
		`imagePullPolicy: Sometimes`:          "imagePullPolicy",
		`mount: secrets`:                      "mount",
		`mount: /secrets/`:                    "mount",
		`mode: cron`:                          "mode",
		`sizeLimit: 4MB`:                      "sizeLimit",
		`sizeLimit: 4`:                        "sizeLimit",
		`resources: {limits: {cpu: 1}}`:       "resources/limits/cpu",
		`resources: {limits: {memory: null}}`: "resources/limits",
		`runAsUser: 0`:                        "runAsUser",
		`runAsUser: nobody`:                   "runAsUser",
		`extraArgs: [fetch]`:                  "extraArgs/0",
		`extraArgs: --timeout=30s`:            "extraArgs",
		`env: [{name: A}]`:                    "env/0",
		`env: [{name: "A B", value: ""}]`:     "env/0/name",
		`env: [{name: SECRETFETCH_CONFIG_INLINE, value: ""}]`: "env/0/name",
		`sidecar: {listen: localhost:80}`:                     "sidecar/listen",
		`sidecar: {listen: ":0"}`:                             "sidecar/listen",
		`sidecar: {maxStale: soon}`:                           "sidecar/maxStale",
		`overrides: {image: "yes"}`:                           "overrides/image",
		`overrides: {args: true}`:                             "overrides",
		`namespaceSelector: {matchLabel: {a: b}}`:             "namespaceSelector",
		`serviceAccounts: [{name: orders}]`:                   "serviceAccounts/0",
		`serviceAccounts: [{name: Orders, namespace: shop}]`:  "serviceAccounts/0/name",
	} {
		t.Run(values, func(t *testing.T) {
			_, err := render(t, values)
			if err == nil {
				t.Fatal("rendered")
			}
			if !regexp.MustCompile(`(/|')` + regexp.QuoteMeta(field) + `'`).MatchString(err.Error()) {
				t.Errorf("does not name %s: %v", field, err)
			}
		})
	}
}

// The overlay that deploy/README.md shows.
func kustomized(t *testing.T) string {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), overlay)
	if err != nil {
		t.Fatal(err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
