"""Every Kubernetes object of the program is valid in each supported Kubernetes version (by kubernetes-validate)."""

from dataclasses import replace
from typing import Any

import pytest

from planning.versions import KUBERNETES_VERSIONS
from tests.components.deployed import MILVUS, deploy_attu, deploy_milvus

kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")

NO_SCHEMA = {
    "kubernetes:helm.sh/v3:Release": "Pulumi's own",
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding": "a custom resource, tested by its fields",
}


@pytest.fixture(scope="module")
def manifests() -> dict[str, dict[str, Any]]:
    everything = replace(
        MILVUS,
        monitoring_namespace="monitoring",
        etcd_metrics=True,
        grace_seconds={"proxy": 130, "queryNode": 840, "dataNode": 840, "streamingNode": 840},
    )
    made = [*deploy_milvus(everything).resources, *deploy_attu().resources]
    return {
        f"{each.type} {each.name}": each.inputs
        for each in made
        if each.type.startswith("kubernetes:") and each.type not in NO_SCHEMA and not each.type.endswith("Patch")
    }


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_every_object_is_valid(manifests: dict[str, dict[str, Any]], version: str) -> None:
    kinds = {manifest["kind"] for manifest in manifests.values()}
    assert kinds == {
        *("Namespace", "Secret", "ConfigMap", "Service", "Deployment", "Job"),
        *("NetworkPolicy", "PodDisruptionBudget"),
    }
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_an_invalid_object_would_be_noticed(manifests: dict[str, dict[str, Any]]) -> None:
    job = manifests["kubernetes:batch/v1:Job milvus-probe"]
    wrong = {**job, "spec": {**job["spec"], "backOffLimit": 1}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.35", strict=True)
