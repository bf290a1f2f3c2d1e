"""What the emulated cloud knows of single Kubernetes objects by itself, against what a real API server refuses."""

from typing import Any

import pytest

from rehearsal.cloud.cloud import Cloud, Refused
from rehearsal.rules.objects import an_object_is_valid
from tests.testbed.kubernetes.wrong_values import WRONG, broken, objects


def refusal(name: str, path: str, value: Any) -> str:
    try:
        an_object_is_valid(Cloud(), broken(name, path, value))
    except Refused as refused:
        return str(refused)
    return ""


def test_no_object_of_the_program_is_refused() -> None:
    for resource in objects().values():
        an_object_is_valid(Cloud(), resource)


CONTAINER = "spec.template.spec.containers.0"


@pytest.mark.parametrize(
    ("name", "path", "value", "said"),
    [
        (
            "milvus-probe",
            f"{CONTAINER}.resources.requests.memory",
            "256Mi",
            'spec.template.spec.containers[0].resources.requests: Invalid value: "256Mi": must be less than or equal to'
            " memory limit of 128Mi",
        ),
        (
            "milvus-probe",
            f"{CONTAINER}.volumeMounts.0.name",
            "scripts",
            'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "scripts"',
        ),
        (
            "attu-deployment",
            f"{CONTAINER}.ports.0.name",
            "attu-management-1",
            'spec.template.spec.containers[0].ports[0].name: Invalid value: "attu-management-1": must be no more than'
            " 15 characters",
        ),
        (
            "milvus-probe",
            "spec.template.spec.securityContext.seccompProfile.type",
            "runtimeDefault",
            'spec.template.spec.securityContext.seccompProfile.type: Unsupported value: "runtimeDefault": supported'
            " values: Localhost, RuntimeDefault, Unconfined",
        ),
        (
            "milvus-namespace",
            "metadata.labels.pod-security/kubernetes/io~enforce",
            "base-line",
            'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "base-line": must be one of baseline,'
            " privileged, restricted",
        ),
        (
            "attu-deployment",
            "spec.selector.matchLabels",
            {"app": "other"},
            "`selector` does not match template `labels`",
        ),
    ],
)
def test_a_value_is_refused_with_object_path_and_reason(name: str, path: str, value: Any, said: str) -> None:
    text = refusal(name, path, value)
    assert said in text
    assert " is invalid: " in text


def test_a_third_of_what_a_real_server_refuses_is_known_here_too() -> None:
    known = [each for each in WRONG if refusal(*each[:3])]
    assert len(known) >= len(WRONG) / 3, [each[:2] for each in WRONG if each not in known]
