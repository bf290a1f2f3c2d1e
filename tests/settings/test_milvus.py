"""Settings of the Milvus release."""

from typing import Any

import pytest

from tests.settings.written import AWS, Wrong, accepted, problems

WRONG: list[Wrong] = [
    (
        {**AWS, "milvus": {"version": "2.6.22"}},
        "milvus.version",
        "AccessDenied now and then when the pod's role comes by IRSA",
    ),
    ({**AWS, "milvus": {"version": "2.6.9"}}, "milvus.version", "CVE-2026-26190"),
    ({**AWS, "milvus": {"version": "latest"}}, "milvus.version", "not a release that was looked at here"),
    ({**AWS, "milvus": {"version": "3.0.1"}}, "milvus.version", "3.0 is reached from 2.6.20 only"),
    ({**AWS, "milvus": {"chartVersion": "4.2.58"}}, "milvus.chartVersion", "this chart's values are not known here"),
    ({**AWS, "milvus": {"prefix": "by-dev-partition-1"}}, "milvus.prefix", "Milvus stops on topics with -partition-"),
    ({**AWS, "milvus": {"prefix": "/"}}, "milvus.prefix", '"/" is not allowed: 2 to 40 lower-case'),
    ({**AWS, "milvus": {"roles": {"standalone": {"cpus": 3}}}}, "milvus.roles.standalone.cpus", "did you mean cpu?"),
    (
        {**AWS, "milvus": {"roles": {"indexNode": {}}}},
        "milvus.roles.indexNode",
        "one of mixCoordinator, proxy, queryNode",
    ),
    (
        {**AWS, "milvus": {"namespace": "Milvus"}},
        "milvus.namespace",
        '"Milvus" is not allowed: up to 40 lower-case letters',
    ),
    (
        {**AWS, "milvus": {"config": {"kafka": {}}}},
        "milvus.config",
        "kafka: this program sets these itself; remove them",
    ),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]


@pytest.mark.parametrize(
    "registry",
    [
        "https://host/hub/",
        "registry.example.com/hub/",
        "registry.example.com/Hub",
        "Registry.example.com",
        "registry.example.com/a b",
        "registry.example.com:5000/hub:v1",
        "registry.example.com/hub@sha256",
        "registry.example.com:99999",
        "registry.example.com:0",
        "registry.example.com//hub",
        "mirror",
        "mirror/hub",
        "/hub",
        " ",
    ],
)
def test_a_registry_that_makes_no_image_name_is_refused(registry: str) -> None:
    found = problems({**AWS, "milvus": {"registry": registry}})
    assert f'"{registry}" is not allowed: host[:port][/path] in lower case' in found["milvus.registry"]


@pytest.mark.parametrize(
    "registry",
    ["", "registry.example.com", "localhost:5000", "123456789012.dkr.ecr.us-east-1.amazonaws.com/docker-hub/a_b.c"],
)
def test_a_registry_is_a_host_a_port_and_a_path(registry: str) -> None:
    assert accepted({**AWS, "milvus": {"registry": registry}})


@pytest.mark.parametrize(
    "namespace", ["default", "kube-system", "kube-public", "kube-x", "amazon-cloudwatch", "amazon-guardduty"]
)
def test_a_namespace_of_kubernetes_or_aws_would_go_with_the_stack(namespace: str) -> None:
    found = problems({**AWS, "milvus": {"namespace": namespace}})
    said = f"\"{namespace}\" is not allowed: one of Kubernetes' or AWS' own, which would be deleted with the stack"
    assert said in found["milvus.namespace"]


def test_metrics_may_be_read_from_any_namespace() -> None:
    assert accepted({**AWS, "milvus": {"namespace": "kubernetes-search", "monitoringNamespace": "kube-system"}})
