"""The whole program with Kafka that somebody else owns: looked at before anything is made, and never touched."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from planning.estimate import estimate
from planning.workload import Workload
from tests.certificates import AUTHORITY
from tests.components.deployed import LOGIN, MILVUS, deploy_milvus
from tests.components.recording import Recording
from tests.deployments import THEIR_KAFKA, deployed
from tests.program import run

GROUP = "sg-0123456789abcdef0"
CONTENT = '{"username": "milvus", "password": "planted-password-of-theirs"}'
OPEN: dict[str, Any] = {
    "isEgress": False,
    "ipProtocol": "tcp",
    "fromPort": 9096,
    "toPort": 9096,
    "cidrIpv4": "10.0.0.0/8",
}


def looked_at(content: str = CONTENT, **rule: Any) -> Recording:
    """The program with this secret, and one rule in the brokers' security group."""
    existing = {**THEIR_KAFKA["kafka"]["existing"], "securityGroupId": GROUP}
    others = {"prefixListId": "", "referencedSecurityGroupId": "", "securityGroupId": GROUP}
    answers = {
        "aws:secretsmanager/getSecretVersion:getSecretVersion": {"secretString": content},
        "aws:vpc/getSecurityGroupRules:getSecurityGroupRules": {"ids": ["sgr-1"]},
        "aws:vpc/getSecurityGroupRule:getSecurityGroupRule": {**others, **OPEN, **rule},
    }
    return run("dev", answers=answers, kafka={"existing": existing})


def test_milvus_gets_their_brokers_and_their_user() -> None:
    recording = looked_at()
    release = recording.one("kubernetes:helm.sh/v3:Release", "milvus-release").inputs["values"]
    assert release["externalKafka"]["brokerList"] == "b-1.corp.internal:9096"
    secret = recording.one("kubernetes:core/v1:Secret", "milvus-kafka")
    assert secret.inputs["stringData"] == {"username": "milvus", "password": "planted-password-of-theirs"}
    assert secret.is_secret("stringData")


def test_an_authority_of_their_own_reaches_both_clients_by_the_same_secret() -> None:
    login = replace(LOGIN, ca_certificate=AUTHORITY)
    recording = deploy_milvus(replace(MILVUS, kafka=login))
    values = recording.one("kubernetes:helm.sh/v3:Release", "milvus-release").inputs["values"]
    (volume,), (mount,) = values["volumes"], values["volumeMounts"]
    entry = {"key": "ca.pem", "path": "ca.pem"}
    assert volume["secret"] == {"secretName": "milvus-kafka-1a2b3c", "items": [entry]}
    assert mount == {"name": volume["name"], "mountPath": "/milvus/kafka-ca", "readOnly": True}
    kafka = json.loads(values["extraConfigFiles"]["user.yaml"])["kafka"]
    assert kafka == {key: {"ssl.ca.location": "/milvus/kafka-ca/ca.pem"} for key in ("producer", "consumer")}


def test_the_settings_authority_is_in_the_secret_that_pods_read() -> None:
    recording = deployed(THEIR_KAFKA, {"kafka": {"existing": {"caCertificate": AUTHORITY}}})
    assert recording.one("kubernetes:core/v1:Secret", "milvus-kafka").inputs["stringData"]["ca.pem"] == AUTHORITY


def test_without_one_nothing_is_mounted() -> None:
    values = deployed(THEIR_KAFKA).one("kubernetes:helm.sh/v3:Release", "milvus-release").inputs["values"]
    assert not {"volumes", "volumeMounts"} & values.keys()
    assert "kafka" not in json.loads(values["extraConfigFiles"]["user.yaml"])


def test_nothing_of_kafka_is_made_or_priced() -> None:
    recording = deployed(THEIR_KAFKA, {"alarms": {"enabled": True}})
    assert [each.name for each in recording.resources if "kafka" in each.name.lower() and "param" not in each.name] == [
        "milvus-kafka"
    ]
    cost = recording.stack_outputs["estimate"]["cost"]
    assert {item["component"] for item in cost}.isdisjoint({"kafka"})
    assert not [item for item in cost if item["what"].startswith("log requests")]


def test_the_contract_names_what_is_theirs() -> None:
    outputs = deployed(THEIR_KAFKA).stack_outputs
    assert outputs["kafka_bootstrap_servers"] == "b-1.corp.internal:9096"
    assert outputs["kafka_secret_arn"] == "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"


def test_their_brokers_cost_nothing_here_and_nobody_waits_for_them() -> None:
    answer = estimate(Workload(vectors=1_000_000, dimension=1024), log="existing kafka")
    assert answer.duration.minutes == pytest.approx(23.2)
    assert answer.cost.usd == pytest.approx(370.28, abs=0.01)


@pytest.mark.parametrize(
    ("content", "rule", "why"),
    [
        ("milvus:secret", {}, r"kafka.existing.secretArn: \S+: its content is no JSON object; store it as"),
        ('{"username": "milvus"}', {}, "its content lacks username or password"),
        ('{"username": "milvus", "password": 1}', {}, "or they are no texts"),
        (
            CONTENT,
            {"cidrIpv4": "192.168.0.0/16"},
            rf"securityGroupId: {GROUP} does not admit 10\.42\.\S+, 10\.42\.\S+ to",
        ),
        (CONTENT, {"fromPort": 9092, "toPort": 9094}, "to port 9096: Milvus would wait for Kafka in vain"),
        (CONTENT, {"isEgress": True}, "add a rule for these networks"),
        (CONTENT, {"ipProtocol": "udp"}, "does not admit"),
        (CONTENT, {"cidrIpv4": "", "referencedSecurityGroupId": "sg-01234567"}, "does not admit"),
    ],
)
def test_a_kafka_that_milvus_cannot_use_is_refused_before_anything_is_made(
    content: str, rule: dict[str, Any], why: str
) -> None:
    with pytest.raises(pulumi.RunError, match=why) as refused:
        looked_at(content, **rule)
    assert "planted" not in str(refused.value)
    assert "nothing was created or changed" in str(refused.value)


@pytest.mark.parametrize("rule", [{"ipProtocol": "-1", "fromPort": -1, "toPort": -1}, {"prefixListId": "pl-01234567"}])
def test_rules_for_everything_and_for_prefix_lists_admit_too(rule: dict[str, Any]) -> None:
    assert looked_at(**rule).all("kubernetes:helm.sh/v3:Release")
