"""Rules for the whole program: parents, tags, open ports, secrets, and the critical path to a running Milvus."""

from dataclasses import asdict
from typing import Any

import pytest

from milvus_contract import parse
from planning.timing import clock
from tests.components.clouds import PASSWORD
from tests.components.recording import Recording, Resource
from tests.program import run, stack

# Minutes that creation takes, from deployments of these services. Types that are not listed take seconds.
MINUTES = {
    "aws:ec2/vpc:Vpc": 0.5,
    "aws:ec2/subnet:Subnet": 0.2,
    "aws:ec2/natGateway:NatGateway": 2,
    "eks:index:Cluster": 12,
    "aws:eks/nodeGroup:NodeGroup": 3,
    "aws:eks/addon:Addon": 1.5,
    "aws:msk/cluster:Cluster": 30,
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": 10,
}
RELEASES = {"controller-release": 2, "milvus-release": 6}

pytestmark = pytest.mark.parametrize("name", ["dev", "prod"])


def longest_way(recording: Recording, resource: Resource) -> tuple[float, list[str]]:
    """Minutes until a resource exists, if all resources start as early as possible, and types on its critical path."""
    by_urn = {each.urn: each for each in recording.resources}
    found: dict[str, tuple[float, list[str]]] = {}

    def until(each: Resource) -> tuple[float, list[str]]:
        if each.urn not in found:
            before = [until(by_urn[urn]) for urn in each.depends_on if urn in by_urn]
            minutes, way = max(before, default=(0.0, list[str]()))
            took = MINUTES.get(each.type, RELEASES.get(each.name, 0))
            found[each.urn] = (minutes + took, [*way, each.type] if took else way)
        return found[each.urn]

    return until(resource)


def test_milvus_waits_for_kafka_and_for_nothing_longer(name: str) -> None:
    minutes, way = longest_way(stack(name), stack(name).one("kubernetes:batch/v1:Job"))
    assert way == [
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
        "aws:msk/cluster:Cluster",
        "aws:msk/scramSecretAssociation:ScramSecretAssociation",
        "kubernetes:helm.sh/v3:Release",
    ]
    assert minutes == pytest.approx(46.7)


def test_eks_and_everything_in_it_is_ready_in_kafkas_shadow(name: str) -> None:
    minutes, way = longest_way(stack(name), stack(name).one("kubernetes:helm.sh/v3:Release", "controller-release"))
    assert way == [
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
        "eks:index:Cluster",
        "aws:eks/addon:Addon",
        "aws:eks/nodeGroup:NodeGroup",
        "kubernetes:helm.sh/v3:Release",
    ]
    assert minutes == pytest.approx(19.2)


def test_milvus_waits_for_names_and_disks(name: str) -> None:
    release = stack(name).one("kubernetes:helm.sh/v3:Release", "milvus-release")
    for addon in stack(name).all("aws:eks/addon:Addon"):
        assert stack(name).depends(release, addon), addon.name


def test_kafka_and_eks_do_not_wait_for_each_other(name: str) -> None:
    eks, kafka = stack(name).one("eks:index:Cluster"), stack(name).one("aws:msk/cluster:Cluster")
    assert not stack(name).depends(kafka, eks)
    for resource in stack(name).resources:
        if resource.type.startswith(("eks:", "aws:eks/")) or resource.name.startswith("controller"):
            assert not stack(name).depends(resource, kafka), resource.name


def test_nothing_is_given_up_before_aws_may_have_made_it(name: str) -> None:
    """The durations are midpoints of what AWS' documentation and users report; some take half as long again."""
    seconds = {"s": 1, "m": 60, "h": 3600}
    waited = {
        each.name: (int(each.timeouts["create"][:-1]) * seconds[each.timeouts["create"][-1]], each)
        for each in stack(name).resources
        if "create" in each.timeouts
    }
    assert {"kafka-cluster", "milvus-probe"} <= waited.keys()
    given_up = [
        each
        for each, (most, resource) in waited.items()
        if most < 60 * 1.5 * clock.minutes({"custom": True, "type": resource.type, "inputs": resource.inputs})
    ]
    assert given_up == []


def test_every_resource_belongs_to_a_component(name: str) -> None:
    components = {each.urn for each in stack(name).resources if each.type.startswith("milvus-on-aws:")}
    others = [each for each in stack(name).resources if each.urn not in components]
    alone = {each.type for each in others if each.parent not in components}
    assert alone == {"pulumi:providers:aws"}


def test_every_aws_resource_goes_by_the_provider_that_tags_it(name: str) -> None:
    provider = stack(name).one("pulumi:providers:aws")
    own = [each for each in stack(name).resources if each.type.startswith(("aws:", "eks:"))]
    assert len(own) > 60
    for each in own:
        assert provider.urn in {each.provider.rsplit("::", 1)[0], each.providers.get("aws", "").rsplit("::", 1)[0]}


def test_everything_in_kubernetes_goes_by_one_provider(name: str) -> None:
    provider = stack(name).one("pulumi:providers:kubernetes")
    inside = [each for each in stack(name).resources if each.type.startswith("kubernetes:")]
    assert inside
    assert all(each.provider.startswith(provider.urn) for each in inside)


def test_nothing_is_open_to_the_world(name: str) -> None:
    for resource in stack(name).resources:
        if "ecurityGroup" in resource.type:
            assert "0.0.0.0/0" not in str(resource.inputs), resource.name
            assert "ingress" not in resource.inputs, resource.name


def test_no_secret_leaves_its_ciphertext(name: str) -> None:
    found: list[str] = []
    for resource in stack(name).resources:
        for key, value in resource.inputs.items():
            if PASSWORD in str(value):
                found.append(resource.type)
                assert resource.is_secret(key), f"{resource.name}.{key}"
    assert sorted(found) == [
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "kubernetes:core/v1:Secret",
        "kubernetes:core/v1:Secret",
    ]
    outputs: dict[str, Any] = stack(name).component_outputs
    leaks = [
        f"{urn} {name}"
        for urn, values in outputs.items()
        for name, value in values.items()
        if PASSWORD in str(value) and not str(value).startswith("Secret(")
    ]
    assert leaks == []


def test_what_holds_data_or_opens_it_is_protected_in_production_alone(name: str) -> None:
    kept = {
        "aws:kms/key:Key",
        "aws:msk/cluster:Cluster",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "eks:index:Cluster",
        "kubernetes:core/v1:Namespace",
        "kubernetes:helm.sh/v3:Release",
        "random:index/randomPassword:RandomPassword",
    }
    assert {each.type for each in stack(name).resources if each.protect} == (kept if name == "prod" else set())


def test_a_preview_of_an_empty_account_goes_through(name: str) -> None:
    preview = run(name, preview=True)
    assert {each.urn for each in preview.resources} == {each.urn for each in stack(name).resources}


def test_the_outputs_are_the_contract(name: str) -> None:
    contract = parse(stack(name).stack_outputs, name)
    assert contract.milvus_uri == "http://endpoints-milvus.elb.us-east-1.amazonaws.com:19530"
    assert contract.attu_url == ("http://endpoints-attu.elb.us-east-1.amazonaws.com" if name == "dev" else None)
    assert contract.estimate is not None
    assert contract.estimate["usd_per_month"] > 0
    missing = {key for key, value in asdict(contract).items() if value is None}
    of_backups = {"backup_bucket_name", "backup_role_arn", "restore_role_arn"}
    without = {*of_backups, "dashboard_url"} if name == "dev" else {"attu_url"}
    assert missing == {"backup_copy_bucket_name", "private_link_service_name", "private_link_dns_name"} | without


def test_a_permissions_boundary_holds_for_every_role(name: str) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    roles = run(name, cluster={"permissionsBoundary": boundary}).all("aws:iam/role:Role")
    assert len(roles) >= 6
    assert {role.name for role in roles if role.inputs.get("permissionsBoundary") != boundary} == set()
