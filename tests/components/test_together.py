"""Rules that hold for everything at once: parents, tags, doors, secrets, and the longest way to a running Milvus."""

from functools import cache
from typing import Any

import pytest

from tests.components.clouds import OUTPUTS, PASSWORD
from tests.components.recording import Recording, Resource, record
from tests.components.together import program

# Minutes, from deployments of these services (FACTS 8); what is not named takes seconds.
MINUTES = {
    "aws:ec2/vpc:Vpc": 0.5,
    "aws:ec2/subnet:Subnet": 0.2,
    "aws:ec2/natGateway:NatGateway": 2,
    "eks:index:Cluster": 12,
    "aws:eks/nodeGroup:NodeGroup": 3,
    "aws:eks/addon:Addon": 1.5,
    "aws:msk/cluster:Cluster": 30,
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": 10,
    "kubernetes:helm.sh/v3:Release": 2,
}


@cache
def stack() -> Recording:
    return record(program, outputs=OUTPUTS)


def longest_way(recording: Recording, resource: Resource) -> tuple[float, list[str]]:
    """Minutes until a resource exists, if everything starts as early as it may, and by which types of resources."""
    by_urn = {each.urn: each for each in recording.resources}
    found: dict[str, tuple[float, list[str]]] = {}

    def until(each: Resource) -> tuple[float, list[str]]:
        if each.urn not in found:
            before = [until(by_urn[urn]) for urn in each.depends_on if urn in by_urn]
            minutes, way = max(before, default=(0.0, list[str]()))
            took = MINUTES.get(each.type, 0)
            found[each.urn] = (minutes + took, [*way, each.type] if took else way)
        return found[each.urn]

    return until(resource)


def test_milvus_waits_for_kafka_and_for_nothing_longer() -> None:
    minutes, way = longest_way(stack(), stack().one("aws:ssm/parameter:Parameter"))
    assert way == [
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
        "aws:msk/cluster:Cluster",
        "aws:msk/scramSecretAssociation:ScramSecretAssociation",
    ]
    assert minutes == pytest.approx(40.7)


def test_eks_and_everything_in_it_is_ready_in_kafkas_shadow() -> None:
    minutes, way = longest_way(stack(), stack().one("kubernetes:helm.sh/v3:Release"))
    assert way == [
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
        "eks:index:Cluster",
        "aws:eks/addon:Addon",
        "aws:eks/nodeGroup:NodeGroup",
        "aws:eks/addon:Addon",
        "kubernetes:helm.sh/v3:Release",
    ]
    assert minutes == pytest.approx(20.7)


def test_kafka_and_eks_do_not_wait_for_each_other() -> None:
    eks, kafka = stack().one("eks:index:Cluster"), stack().one("aws:msk/cluster:Cluster")
    assert not stack().depends(kafka, eks)
    for resource in stack().resources:
        if resource.type.split(":")[0] in ("eks", "kubernetes") or resource.type.startswith("aws:eks/"):
            assert not stack().depends(resource, kafka), resource.name


def test_every_resource_belongs_to_a_component() -> None:
    components = {each.urn for each in stack().resources if each.type.startswith("milvus-on-aws:")}
    alone = {each.type for each in stack().resources if each.parent not in components and each.urn not in components}
    assert alone == {"pulumi:providers:aws", "aws:ssm/parameter:Parameter"}


def test_a_component_is_known_by_its_module_and_class() -> None:
    assert {each.type for each in stack().resources if each.type.startswith("milvus-on-aws:")} == {
        "milvus-on-aws:bucket:Bucket",
        "milvus-on-aws:cluster:Cluster",
        "milvus-on-aws:kafka:Kafka",
        "milvus-on-aws:load_balancer_controller:LoadBalancerController",
        "milvus-on-aws:network:Network",
        "milvus-on-aws:workload_identity:WorkloadIdentity",
    }


def test_every_aws_resource_goes_by_the_provider_that_tags_it() -> None:
    provider = stack().one("pulumi:providers:aws")
    own = [each for each in stack().resources if each.type.startswith(("aws:", "eks:"))]
    assert len(own) > 80
    for each in own:
        assert provider.urn in {each.provider.rsplit("::", 1)[0], each.providers.get("aws", "").rsplit("::", 1)[0]}


def test_everything_in_kubernetes_goes_by_one_provider() -> None:
    provider = stack().one("pulumi:providers:kubernetes")
    inside = [each for each in stack().resources if each.type.startswith("kubernetes:")]
    assert inside
    assert all(each.provider.startswith(provider.urn) for each in inside)


def test_nothing_is_open_to_the_world() -> None:
    for resource in stack().resources:
        if "ecurityGroup" in resource.type:
            assert "0.0.0.0/0" not in str(resource.inputs), resource.name
            assert "ingress" not in resource.inputs, resource.name


def test_no_secret_leaves_its_ciphertext() -> None:
    found: list[str] = []
    for resource in stack().resources:
        for key, value in resource.inputs.items():
            if PASSWORD in str(value):
                found.append(resource.type)
                assert resource.is_secret(key), f"{resource.name}.{key}"
    assert found == ["aws:secretsmanager/secretVersion:SecretVersion"] * 2
    outputs: dict[str, Any] = stack().component_outputs
    leaks = [
        f"{urn} {name}"
        for urn, values in outputs.items()
        for name, value in values.items()
        if PASSWORD in str(value) and not str(value).startswith("Secret(")
    ]
    assert leaks == []


def test_what_holds_data_or_opens_it_is_protected() -> None:
    assert {each.type for each in stack().resources if each.protect} == {
        "aws:kms/key:Key",
        "aws:msk/cluster:Cluster",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "eks:index:Cluster",
        "random:index/randomPassword:RandomPassword",
    }


def test_a_preview_of_an_empty_account_goes_through() -> None:
    preview = record(program, outputs=OUTPUTS, preview=True)
    assert {each.urn for each in preview.resources} == {each.urn for each in stack().resources}
