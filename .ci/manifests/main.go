// What the API server would say to a manifest, without one: it is decoded strictly, given its defaults and validated by
// the API server's own code, and each pod in it is held against the Pod Security Standard "restricted".
//
//	manifests [--rendered DIR] FILE-OR-KUSTOMIZATION...
//
// A directory with a kustomization.yaml is built by kustomize first; what it makes is kept in DIR for other checks.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// The versions of the Pod Security Standard; those of the schemas, in .ci/run, are the same.
var versions = []string{"v1.34", "v1.35", "v1.36", "v1.37"}

type checker struct {
	decoder   runtime.Decoder
	evaluator policy.Evaluator
	pods      int
	wrong     int
}

func main() {
	rendered := flag.String("rendered", "", "the directory for what kustomize has made")
	flag.Parse()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		fail(err)
	}
	codecs := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	check := &checker{decoder: codecs.UniversalDeserializer(), evaluator: evaluator}
	for _, path := range flag.Args() {
		text, err := read(path, *rendered)
		if err != nil {
			fail(fmt.Errorf("%s: %w", path, err))
		}
		check.file(path, text)
	}
	fmt.Printf("%d pods are restricted, %d mistakes\n", check.pods, check.wrong)
	if check.wrong > 0 || check.pods == 0 {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// read returns a file's text, or what kustomize makes of a directory.
func read(path, rendered string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return os.ReadFile(path)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
	if err != nil {
		return nil, err
	}
	text, err := built.AsYaml()
	if err == nil && rendered != "" {
		name := strings.ReplaceAll(filepath.Clean(path), string(filepath.Separator), "-") + ".yaml"
		err = os.WriteFile(filepath.Join(rendered, name), text, 0o644)
	}
	return text, err
}

func (check *checker) file(path string, text []byte) {
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	names := map[string]bool{}
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			check.mistake(path, err.Error())
			return
		}
		if len(bytes.TrimSpace(uncommented(document))) == 0 {
			continue
		}
		object, kind, err := check.decoder.Decode(document, nil, nil)
		if err != nil {
			check.mistake(path, err.Error())
			continue
		}
		accessor, ok := object.(metav1.Object)
		if !ok {
			check.mistake(path, fmt.Sprintf("%s has no name", kind.Kind))
			continue
		}
		name := fmt.Sprintf("%s: %s %s", path, kind.Kind, accessor.GetName())
		if names[name] {
			check.mistake(name, "stands twice in the file")
		}
		names[name] = true
		check.object(name, object)
	}
}

func (check *checker) object(name string, object runtime.Object) {
	accessor := object.(metav1.Object)
	if accessor.GetNamespace() == "" {
		accessor.SetNamespace("default")
	}
	if template := podTemplate(object); template != nil {
		check.restricted(name, template)
	}
	legacyscheme.Scheme.Default(object)
	internal, err := legacyscheme.Scheme.UnsafeConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		check.mistake(name, err.Error())
		return
	}
	for _, mistake := range validate(internal) {
		check.mistake(name, mistake.Error())
	}
}

func validate(object runtime.Object) field.ErrorList {
	switch object := object.(type) {
	case *core.Pod:
		return validation.ValidatePodCreate(object, pod.GetValidationOptionsFromPodSpecAndMeta(&object.Spec, nil, &object.ObjectMeta, nil))
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(object, pod.GetValidationOptionsFromPodTemplate(&object.Spec.Template, nil))
	case *batch.Job:
		// What the API server itself writes into a Job before it looks at it.
		owner := map[string]string{batch.ControllerUidLabel: "uid", batch.LegacyControllerUidLabel: "uid"}
		object.UID = "uid"
		object.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batch.ControllerUidLabel: "uid"}}
		object.Spec.Template.Labels = labels.Merge(object.Spec.Template.Labels, labels.Merge(owner, map[string]string{
			batch.JobNameLabel: object.Name, batch.LegacyJobNameLabel: object.Name,
		}))
		return batchvalidation.ValidateJobCreate(object, batchvalidation.JobValidationOptions{
			PodValidationOptions:  pod.GetValidationOptionsFromPodTemplate(&object.Spec.Template, nil),
			RequirePrefixedLabels: true,
		})
	case *core.ServiceAccount:
		object.Namespace = "default"
		return validation.ValidateServiceAccount(object)
	case *core.ConfigMap:
		return validation.ValidateConfigMap(object)
	case *core.Namespace:
		object.Namespace = ""
		return validation.ValidateNamespace(object)
	default:
		return field.ErrorList{field.NotSupported(field.NewPath("kind"), fmt.Sprintf("%T", object), []string{"what this program validates"})}
	}
}

func podTemplate(object runtime.Object) *corev1.PodTemplateSpec {
	switch object := object.(type) {
	case *corev1.Pod:
		return &corev1.PodTemplateSpec{ObjectMeta: object.ObjectMeta, Spec: object.Spec}
	case *appsv1.Deployment:
		return &object.Spec.Template
	case *batchv1.Job:
		return &object.Spec.Template
	default:
		return nil
	}
}

func (check *checker) restricted(name string, template *corev1.PodTemplateSpec) {
	check.pods++
	for _, text := range versions {
		version, err := api.ParseVersion(text)
		if err != nil {
			fail(err)
		}
		level := api.LevelVersion{Level: api.LevelRestricted, Version: version}
		result := policy.AggregateCheckResults(check.evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec))
		if !result.Allowed {
			check.mistake(name, fmt.Sprintf("violates PodSecurity %q: %s", level.String(), result.ForbiddenDetail()))
			return
		}
	}
}

func (check *checker) mistake(name, text string) {
	check.wrong++
	fmt.Printf("%s: %s\n", name, text)
}

// uncommented returns the document without its lines of comment, to see whether anything is left.
func uncommented(document []byte) []byte {
	var lines [][]byte
	for line := range bytes.Lines(document) {
		if trimmed := bytes.TrimSpace(line); !bytes.HasPrefix(trimmed, []byte("#")) && !bytes.Equal(trimmed, []byte("---")) {
			lines = append(lines, line)
		}
	}
	return bytes.Join(lines, nil)
}
