package deploy

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/initializer"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/apiserver/pkg/util/compatibility"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/discovery"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi/openapitest"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	policyvalidation "k8s.io/kubernetes/pkg/apis/admissionregistration/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func TestMain(m *testing.M) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	os.Exit(m.Run())
}

var strict = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)

// Reads YAML as the API server does with fieldValidation=Strict, and sets its defaults.
func decode(t *testing.T, text string) runtime.Object {
	t.Helper()
	object, _, err := strict.UniversalDeserializer().Decode([]byte(text), nil, nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return object
}

func decodePod(t *testing.T, text string) *corev1.Pod {
	t.Helper()
	return settled(t, decode(t, text).(*corev1.Pod))
}

// With the defaults of the API, and what it writes twice (serviceAccount).
func settled(t *testing.T, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	legacyscheme.Scheme.Default(pod)
	return external(t, internal(t, pod))
}

func documents(text string) []string {
	var parts []string
	for _, part := range strings.Split("\n"+text, "\n---\n") {
		for _, line := range strings.Split(part, "\n") {
			if line != "" && !strings.HasPrefix(line, "#") {
				parts = append(parts, part)
				break
			}
		}
	}
	return parts
}

// What of an API server decides about a pod.
type server struct {
	mutating   *mutating.Plugin
	validating *validating.Plugin
}

// A client that knows the API's schemas, which the plugin of the mutating policies asks for.
type client struct{ kubernetes.Interface }
type schemas struct{ discovery.DiscoveryInterface }

func (c client) Discovery() discovery.DiscoveryInterface { return schemas{c.Interface.Discovery()} }

// The fake has none, and says so by this method.
func (client) IsWatchListSemanticsUnSupported() bool { return true }

func (schemas) OpenAPIV3() openapi.Client { return openapitest.NewEmbeddedFileClient() }

// An API server that has these manifests, after it has checked each of them as it would at `kubectl apply`.
func serve(t *testing.T, manifests ...string) *server {
	t.Helper()
	objects := []runtime.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"secrets": "aws"}}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "elsewhere"}},
	}
	for _, text := range documents(strings.Join(manifests, "\n---\n")) {
		object := decode(t, text)
		legacyscheme.Scheme.Default(object)
		validatePolicy(t, object)
		objects = append(objects, object)
	}

	var fakeClient kubernetes.Interface = client{fake.NewClientset(objects...)}
	factory := informers.NewSharedInformerFactory(fakeClient, 0)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	start := initializer.New(fakeClient, dynamicfake.NewSimpleDynamicClient(runtime.NewScheme()), factory,
		authorizerfactory.NewAlwaysDenyAuthorizer(), utilfeature.DefaultFeatureGate,
		compatibility.DefaultBuildEffectiveVersion(), ctx.Done(), meta.NewDefaultRESTMapper(nil))

	result := &server{}
	var err error
	if result.mutating, err = mutating.NewPlugin(nil); err != nil {
		t.Fatal(err)
	}
	if result.validating, err = validating.NewPlugin(nil); err != nil {
		t.Fatal(err)
	}
	for _, plugin := range []admission.InitializationValidator{result.mutating, result.validating} {
		start.Initialize(plugin.(admission.Interface))
		if err := plugin.ValidateInitialization(); err != nil {
			t.Fatal(err)
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	if !result.mutating.WaitForReady() || !result.validating.WaitForReady() {
		t.Fatal("the plugins do not become ready")
	}
	return result
}

func validatePolicy(t *testing.T, object runtime.Object) {
	t.Helper()
	internal, err := legacyscheme.Scheme.ConvertToVersion(object, runtime.InternalGroupVersioner)
	if err != nil {
		t.Fatal(err)
	}
	switch object := internal.(type) {
	case *admissionregistration.MutatingAdmissionPolicy:
		err = policyvalidation.ValidateMutatingAdmissionPolicy(object).ToAggregate()
	case *admissionregistration.MutatingAdmissionPolicyBinding:
		err = policyvalidation.ValidateMutatingAdmissionPolicyBinding(object).ToAggregate()
	case *admissionregistration.ValidatingAdmissionPolicy:
		err = policyvalidation.ValidateValidatingAdmissionPolicy(object).ToAggregate()
	case *admissionregistration.ValidatingAdmissionPolicyBinding:
		err = policyvalidation.ValidateValidatingAdmissionPolicyBinding(object).ToAggregate()
	case *core.ServiceAccount:
		err = corevalidation.ValidateServiceAccount(object).ToAggregate()
	default:
		t.Fatalf("nothing validates a %T", object)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The way of a new pod through the API server: mutation, the validation of its own, the validating policies. The pod as
// it would be stored, or why it is refused.
func (s *server) create(t *testing.T, pod *corev1.Pod) (*corev1.Pod, error) {
	t.Helper()
	return s.admit(t, pod, nil, admission.Create, "")
}

func (s *server) admit(t *testing.T, pod, old *corev1.Pod, operation admission.Operation, subresource string) (*corev1.Pod, error) {
	t.Helper()
	var options runtime.Object = &metav1.CreateOptions{}
	var oldObject runtime.Object
	if old != nil {
		options, oldObject = &metav1.UpdateOptions{}, internal(t, old)
	}
	object := internal(t, pod)
	interfaces := admission.NewObjectInterfacesFromScheme(legacyscheme.Scheme)
	attributes := admission.NewAttributesRecord(object, oldObject, corev1.SchemeGroupVersion.WithKind("Pod"),
		pod.Namespace, pod.Name, corev1.SchemeGroupVersion.WithResource("pods"), subresource, operation, options, false,
		&user.DefaultInfo{Name: "developer"})
	if err := s.mutating.Admit(context.Background(), attributes, interfaces); err != nil {
		return nil, err
	}
	if operation == admission.Create {
		checks := podutil.GetValidationOptionsFromPodSpecAndMeta(&object.Spec, nil, &object.ObjectMeta, nil)
		checks.ResourceIsPod = true
		if err := corevalidation.ValidatePodCreate(object, checks).ToAggregate(); err != nil {
			return nil, err
		}
	}
	if err := s.validating.Validate(context.Background(), attributes, interfaces); err != nil {
		return nil, err
	}
	return external(t, object), nil
}

func external(t *testing.T, object *core.Pod) *corev1.Pod {
	t.Helper()
	result := &corev1.Pod{}
	if err := legacyscheme.Scheme.Convert(object, result, nil); err != nil {
		t.Fatal(err)
	}
	result.APIVersion, result.Kind = "v1", "Pod"
	return result
}

func internal(t *testing.T, pod *corev1.Pod) *core.Pod {
	t.Helper()
	object := &core.Pod{}
	if err := legacyscheme.Scheme.Convert(pod.DeepCopy(), object, nil); err != nil {
		t.Fatal(err)
	}
	return object
}

// Why the Pod Security Standard "restricted" would not have the pod; empty if it would.
func restricted(t *testing.T, pod *corev1.Pod) string {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
	if result.Allowed {
		return ""
	}
	return result.ForbiddenDetail()
}

// What the API server would write into a policy's status about its types: names of fields that pods do not have.
func warnings(t *testing.T, policy *admissionv1.ValidatingAdmissionPolicy) []string {
	t.Helper()
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{corev1.SchemeGroupVersion})
	mapper.Add(corev1.SchemeGroupVersion.WithKind("Pod"), meta.RESTScopeNamespace)
	checker := validating.TypeChecker{
		SchemaResolver: &resolver.ClientDiscoveryResolver{Discovery: schemas{}},
		RestMapper:     mapper,
	}
	var found []string
	for _, warning := range checker.Check(policy) {
		found = append(found, warning.FieldRef+": "+warning.Warning)
	}
	return found
}
