"""The printed policies contain the same permissions as the roles of the workflows."""

import json
from typing import Any

import pytest

from examples.ci_identity.print_policies import main

ASKED = [
    "--account",
    "123456789012",
    "--region",
    "eu-central-1",
    "--state-bucket",
    "example-pulumi-state",
    "--secrets-key-arn",
    "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000",
]


def printed(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert main([*ASKED, *more]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_deployer_gets_five_policies_each_small_enough_to_attach(capsys: pytest.CaptureFixture[str]) -> None:
    policies = printed(capsys)
    assert list(policies) == ["state", "read", "network", "services", "identities"]
    for document in policies.values():
        assert document["Version"] == "2012-10-17"
        assert len(json.dumps(document, separators=(",", ":"))) <= 6144
    resources = [each["Resource"] for each in policies["identities"]["Statement"] if each["Sid"] == "ChangeRoles"]
    assert "arn:aws:iam::123456789012:role/cluster-*" in resources[0]


def test_a_reader_gets_nothing_that_changes_anything(capsys: pytest.CaptureFixture[str]) -> None:
    policies = printed(capsys, "--reader")
    assert list(policies) == ["state", "read"]
    actions = [action for document in policies.values() for each in document["Statement"] for action in each["Action"]]
    assert {action.split(":")[1][:3] for action in actions} == {"Dec", "Des", "Get", "Lis"}


def test_a_domain_adds_its_zone(capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps(printed(capsys, "--hosted-zone-id", "Z0000000000000000000"))
    assert "arn:aws:route53:::hostedzone/Z0000000000000000000" in text
