"""The providers' answers to calls of the protocol, tested without an engine."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from rehearsal.cloud.cloud import Cloud
from rehearsal.protocol.wire import UNKNOWN, Properties, decode, encode, secret
from rehearsal.providers.aws import Aws
from rehearsal.providers.kubernetes import Kubernetes
from rehearsal.providers.provider import Provider

SERVICE = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
TRUST: Properties = {"assumeRolePolicy": json.dumps({"Statement": [SERVICE]})}
CONNECTION = SimpleNamespace(peer=lambda: "ipv4:127.0.0.1:1")
"""The context of a call by an engine that has configured nothing."""
SEED = bytes.fromhex("0123456789abcdef")


def urn(type_: str, name: str = "resource") -> str:
    return f"urn:pulumi:s::p::{type_}::{name}"


def check(
    provider: type[Provider], type_: str, new_inputs: Properties, old_inputs: Properties | None = None
) -> Properties:
    request = provider_pb2.CheckRequest(
        urn=urn(type_), news=encode(new_inputs), olds=encode(old_inputs or {}), randomSeed=SEED
    )
    answer = provider(Cloud()).Check(request, CONNECTION)
    assert list(answer.failures) == []
    return decode(answer.inputs)


def diff(provider: type[Provider], type_: str, old_inputs: Properties, new_inputs: Properties) -> Any:
    request = provider_pb2.DiffRequest(urn=urn(type_), old_inputs=encode(old_inputs), news=encode(new_inputs))
    return provider(Cloud()).Diff(request, None)


def test_a_name_that_nobody_gave_is_made_once_and_kept() -> None:
    made = check(Aws, "aws:iam/role:Role", TRUST)
    assert made["name"] == "resource-0123456"
    assert "name" in made["__defaults"]
    kept = check(Aws, "aws:iam/role:Role", TRUST, {**made, "name": "resource-older12"})
    assert kept["name"] == "resource-older12"


def test_a_name_that_was_given_and_is_no_more_is_made_anew() -> None:
    old_inputs = {"assumeRolePolicy": "{}", "name": "mine", "__defaults": ["path"]}
    assert check(Aws, "aws:iam/role:Role", TRUST, old_inputs)["name"] == "resource-0123456"


def test_a_prefix_is_instead_of_a_name() -> None:
    assert "name" not in check(Aws, "aws:cloudwatch/logGroup:LogGroup", {"namePrefix": "/aws/vendedlogs/x-"})


def test_a_name_too_long_for_its_type_is_refused() -> None:
    request = provider_pb2.CheckRequest(urn=urn("aws:lb/targetGroup:TargetGroup", "t" * 25), randomSeed=SEED)
    answer = Aws(Cloud()).Check(request, CONNECTION)
    assert "longer than the 32 characters" in answer.failures[0].reason


def test_what_aws_publishes_is_judged_in_a_check_and_noted_by_a_forgiving_cloud() -> None:
    inputs = encode({"description": "Milvus' load balancer", "name": "milvus"})
    request = provider_pb2.CheckRequest(urn=urn("aws:ec2/securityGroup:SecurityGroup"), news=inputs, randomSeed=SEED)
    (failure,) = Aws(Cloud()).Check(request, CONNECTION).failures
    assert failure.property == "description"
    assert failure.reason.startswith('description: "Milvus\' load balancer" does not match')
    forgiving = Cloud(forgiving=True)
    assert list(Aws(forgiving).Check(request, CONNECTION).failures) == []
    assert forgiving.refusals == [f"resource: {failure.reason}"]


def test_a_secret_that_aws_refuses_is_not_told() -> None:
    inputs = encode({"secretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a", "secretString": secret("")})
    request = provider_pb2.CheckRequest(
        urn=urn("aws:secretsmanager/secretVersion:SecretVersion"), news=inputs, randomSeed=SEED
    )
    (failure,) = Aws(Cloud()).Check(request, CONNECTION).failures
    assert failure.reason == "secretString: AWS refuses this secret value"


def test_defaults_are_those_of_the_provider_and_marked() -> None:
    key = check(Aws, "aws:kms/key:Key", {"isEnabled": False})
    assert (key["isEnabled"], key["keyUsage"]) == (False, "ENCRYPT_DECRYPT")
    assert "isEnabled" not in key["__defaults"]
    assert "keyUsage" in key["__defaults"]


def test_kubernetes_names_are_noted_in_the_object() -> None:
    made = check(Kubernetes, "kubernetes:core/v1:Secret", {"metadata": {"namespace": "n"}})
    assert made["metadata"] == {
        "namespace": "n",
        "name": "resource-01234567",
        "annotations": {"pulumi.com/autonamed": "true"},
    }
    assert check(Kubernetes, "kubernetes:core/v1:Secret", {"metadata": {"name": "x"}})["metadata"] == {"name": "x"}


def test_secrets_and_unknowns_pass_a_check_as_they_are() -> None:
    new_inputs = {"name": "p", "type": "String", "value": secret("s"), "description": UNKNOWN}
    checked = check(Aws, "aws:ssm/parameter:Parameter", new_inputs)
    assert checked["value"] == secret("s")
    assert checked["description"] == UNKNOWN


@pytest.mark.parametrize(
    ("name", "defaults", "first"),
    [("fixed", [], True), ("fixed", ["name"], False)],
    ids=["given by the program", "made by Pulumi"],
)
def test_what_has_a_fixed_name_is_deleted_before_it_is_replaced(name: str, defaults: list[str], first: bool) -> None:
    old_inputs = {"name": name, "path": "/", "__defaults": defaults}
    answer = diff(Aws, "aws:iam/role:Role", old_inputs, {**old_inputs, "path": "/teams/"})
    assert list(answer.replaces) == ["path"]
    assert answer.deleteBeforeReplace == first


def test_a_kubernetes_object_is_deleted_first_if_it_keeps_its_name_and_namespace() -> None:
    def class_(provisioner: str, name: str) -> Properties:
        return {"metadata": {"name": name}, "provisioner": provisioner}

    kind = "kubernetes:storage.k8s.io/v1:StorageClass"
    assert diff(Kubernetes, kind, class_("a", "gp3"), class_("b", "gp3")).deleteBeforeReplace
    assert not diff(Kubernetes, kind, class_("a", "gp3"), class_("b", "gp4")).deleteBeforeReplace
    assert list(diff(Kubernetes, kind, class_("a", "gp3"), class_("a", "gp4")).replaces) == ["metadata"]


def test_a_secret_that_only_became_secret_is_no_change() -> None:
    answer = diff(Aws, "aws:ssm/parameter:Parameter", {"value": "v"}, {"value": secret("v")})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE
