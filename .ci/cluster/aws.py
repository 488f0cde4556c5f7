"""What a pod finds on EKS and not on a bare cluster: AWS, at an address, and what the webhooks of IRSA and of Pod Identity
add to it. Policies here, which see a pod again after the injection, as those webhooks do."""

import json

from cluster import GATEWAY

PORT = 4566
POD_IDENTITY = "vinsguru-pod-identity"  # the pod that has an association
IRSA_TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
POD_IDENTITY_TOKEN = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"

IS_ASSOCIATED = f'object.metadata.?labels["app.kubernetes.io/name"].orValue("") == "{POD_IDENTITY}"'
SKIPPED = 'object.metadata.?annotations["eks.amazonaws.com/skip-containers"].orValue("").split(",")'


def policies():
    """Every pod has a role, unless it brings its own token or says that it is nobody (`aws: none`)."""
    yield from policy("aws-endpoint", "true", {"AWS_ENDPOINT_URL": json.dumps(f"http://{GATEWAY}:{PORT}")})
    own_token = (
        "(object.spec.containers + object.spec.?initContainers.orValue([])).exists(c, c.?env.orValue([]).exists(e, "
        f'e.name == "AWS_WEB_IDENTITY_TOKEN_FILE" && e.?value.orValue("") != "{IRSA_TOKEN}"))'
    )
    yield from policy(
        "aws-irsa",
        f'!({IS_ASSOCIATED}) && object.metadata.?labels["aws"].orValue("") != "none" && !{own_token}',
        {
            "AWS_ROLE_ARN": '"arn:aws:iam::123456789012:role/" + object.spec.serviceAccountName',
            "AWS_WEB_IDENTITY_TOKEN_FILE": json.dumps(IRSA_TOKEN),
        },
        ("sts.amazonaws.com", IRSA_TOKEN),
    )
    yield from policy(
        "aws-pod-identity",
        IS_ASSOCIATED,
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": '"http://169.254.170.23/v1/credentials"',
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": json.dumps(POD_IDENTITY_TOKEN),
        },
        ("pods.eks.amazonaws.com", POD_IDENTITY_TOKEN),
    )


def policy(name, condition, variables, token=None):
    """A policy and its binding. `variables` are names and expressions, `token` an audience and the path of its token."""
    fields = [containers(kind, name, variables, token) for kind in ("containers", "initContainers")]
    expression = "Object{ spec: Object.spec{ " + ", ".join(fields) + " } }"
    mutations = [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}]
    if token:
        mutations.append({"patchType": "JSONPatch", "jsonPatch": {"expression": volume(name, *token)}})
    version = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    yield {
        "apiVersion": version,
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "reinvocationPolicy": "IfNeeded",
            "matchConstraints": {"resourceRules": [rule]},
            "matchConditions": [{"name": "concerned", "expression": condition}],
            "mutations": mutations,
        },
    }
    yield {
        "apiVersion": version,
        "kind": "MutatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name},
    }


def containers(kind, name, variables, token):
    of = f"Object.spec.{kind}"
    environment = ", ".join(f'{of}.env{{ name: "{variable}", value: {value} }}' for variable, value in variables.items())
    fields = f"name: c.name, env: [{environment}]"
    if token:
        directory = token[1].rpartition("/")[0]
        fields += f', volumeMounts: [{of}.volumeMounts{{ name: "{name}", mountPath: "{directory}", readOnly: true }}]'
    skipped = f".filter(c, !(c.name in {SKIPPED}))" if token else ""
    return f"{kind}: object.spec.?{kind}.orValue([]){skipped}.map(c, {of}{{ {fields} }})"


def volume(name, audience, path):
    """As a JSON Patch: an apply configuration may not say what a projected volume is made of."""
    of = "Object.spec.volumes"
    return (
        f'object.spec.?volumes.orValue([]).exists(v, v.name == "{name}") ? [] :'
        ' (has(object.spec.volumes) ? [] : [JSONPatch{ op: "add", path: "/spec/volumes", value: [] }])'
        f' + [JSONPatch{{ op: "add", path: "/spec/volumes/-", value: {of}{{ name: "{name}", projected: {of}.projected{{'
        f" sources: [{of}.projected.sources{{ serviceAccountToken: {of}.projected.sources.serviceAccountToken{{"
        f' audience: "{audience}", expirationSeconds: 86400, path: "{path.rpartition("/")[2]}" }} }}] }} }} }}]'
    )
