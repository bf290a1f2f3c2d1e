"""What becomes of objects in the API server between the steps of a rehearsal."""

from collections.abc import Generator
from typing import Any

import pytest

from testbed.kubernetes.admission import Admission, drift
from testbed.kubernetes.api import HELM, Api, ApiError

NAMESPACE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "admitted", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
}


def deployment(cpu: str = "100m", **pod: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True}
    container = {"name": "web", "image": "web", "resources": {"requests": {"cpu": cpu}}}
    profile = {"seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "admitted"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{**container, "securityContext": context}], "securityContext": profile, **pod},
            },
        },
    }


def patch(seconds: int, **annotations: str) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "admitted", "annotations": annotations},
        "spec": {"template": {"spec": {"terminationGracePeriodSeconds": seconds}}},
    }


@pytest.fixture
def admission(api: Api) -> Generator[Admission]:
    made = Admission(api)
    assert made.problems(NAMESPACE) == []
    yield made
    made.clear()


def test_the_level_of_the_namespace_holds_for_the_pods_of_a_template(admission: Admission) -> None:
    assert admission.problems(deployment()) == []
    (warning, refusal) = admission.problems(deployment(securityContext={}))
    assert 'would violate PodSecurity "restricted:latest": seccompProfile' in warning
    assert refusal.startswith("the Pod of Deployment admitted/web: pods ")
    assert 'is forbidden: violates PodSecurity "restricted:latest": seccompProfile' in refusal


def test_a_warning_of_the_server_is_a_problem(admission: Admission) -> None:
    (first, _) = admission.problems(deployment(nodeSelector={"beta.kubernetes.io/os": "linux"}))
    assert first.startswith(
        "Deployment web: warning: spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated"
    )


def test_what_the_server_writes_in_another_way_would_drift(admission: Admission) -> None:
    (problem,) = admission.problems(deployment(cpu="1000m"))
    where = "Deployment web: spec.template.spec.containers[0].resources.requests.cpu"
    assert problem == f"{where}: sent '1000m', the API server keeps '1': every refresh would show that as drift"


def test_empty_values_and_texts_of_secrets_do_not_drift() -> None:
    assert list(drift({"data": {}, "stringData": {"a": "b"}, "list": [], "text": ""}, {})) == []
    assert (
        list(drift({"ports": [{"name": "b", "port": 1}]}, {"ports": [{"name": "a"}, {"name": "b", "port": 1}]})) == []
    )


def test_a_later_change_is_judged_against_what_is_there(admission: Admission) -> None:
    assert admission.problems(deployment()) == []
    other = deployment()
    other["spec"]["selector"] = {"matchLabels": {"app": "web", "of": "another"}}
    other["spec"]["template"]["metadata"]["labels"] = {"app": "web", "of": "another"}
    (problem,) = admission.problems(other)
    assert "spec.selector: Invalid value" in problem
    assert "field is immutable" in problem


def test_a_patch_of_a_charts_deployment_leaves_the_rest_of_it_alone(admission: Admission, api: Api) -> None:
    assert admission.problems(deployment(), "admitted", HELM) == []
    assert admission.patched(patch(130)) == []
    live = api.ask("GET", "/apis/apps/v1/namespaces/admitted/deployments/web")
    assert live["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 130
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "web"


def test_a_patch_is_judged_without_the_chart_too(admission: Admission) -> None:
    assert admission.patched(patch(130)) == []
    (problem,) = admission.patched(patch(-1))
    assert "spec.template.spec.terminationGracePeriodSeconds: must be >= 0" in problem


def test_a_field_that_somebody_else_has_taken_is_a_conflict_until_it_is_taken_back(
    admission: Admission, api: Api
) -> None:
    """What docs/faq.md says under `Server-Side Apply field conflict detected`."""
    assert admission.problems(deployment(), "admitted", HELM) == []
    assert admission.patched(patch(130)) == []
    api.apply(patch(60, **{"pulumi.com/patchForce": "true"}), manager="kubectl-edit")
    (problem,) = admission.patched(patch(130))
    assert problem.startswith('Apply failed with 1 conflict: conflict with "kubectl-edit"')
    assert ".spec.template.spec.terminationGracePeriodSeconds" in problem
    assert admission.patched(patch(130, **{"pulumi.com/patchForce": "true"})) == []
    assert admission.patched(patch(130)) == []


def test_a_namespace_takes_everything_in_it_along_and_can_be_made_again(admission: Admission, api: Api) -> None:
    assert admission.problems(deployment()) == []
    admission.remove(NAMESPACE)
    with pytest.raises(ApiError, match='namespaces "admitted" not found'):
        api.ask("GET", "/api/v1/namespaces/admitted")
    assert admission.problems(NAMESPACE) == []
    assert api.ask("GET", "/apis/apps/v1/namespaces/admitted/deployments")["items"] == []


def test_what_is_in_a_refused_namespace_is_judged_all_the_same(admission: Admission) -> None:
    admission.remove(NAMESPACE)
    wrong = {**NAMESPACE, "metadata": {"name": "admitted", "labels": {"pod-security.kubernetes.io/enforce": "strict"}}}
    (problem,) = admission.problems(wrong)
    assert "metadata.labels[pod-security.kubernetes.io/enforce]" in problem
    assert admission.problems(deployment()) == []
