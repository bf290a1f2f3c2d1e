import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from operations.destroyable import Consumers, accounts, consumers, in_other_account, refusal, staying, still_used
from operations.stack import ROOT, StackError
from planning.protection import Protected, Retained, protected, retained
from tests.engine import Engine, free_port

CLUSTER = "urn:pulumi:prod::milvus-on-aws::milvus-on-aws:cluster:Cluster$aws:eks/cluster:Cluster::cluster"
BALANCER = "urn:pulumi:prod::milvus-on-aws::aws:lb/loadBalancer:LoadBalancer::milvus-nlb"


def test_what_pulumi_or_aws_protects_is_found_and_nothing_else() -> None:
    resources = [
        {
            "urn": "urn:pulumi:prod::milvus-on-aws::aws:s3/bucket:Bucket::bucket",
            "type": "aws:s3/bucket:Bucket",
            "protect": True,
        },
        {"urn": CLUSTER, "type": "aws:eks/cluster:Cluster", "inputs": {"deletionProtection": True}},
        {"urn": BALANCER, "type": "aws:lb/loadBalancer:LoadBalancer", "inputs": {"enableDeletionProtection": False}},
        {
            "urn": "urn:pulumi:prod::milvus-on-aws::pulumi:pulumi:Stack::milvus-on-aws-prod",
            "type": "pulumi:pulumi:Stack",
        },
    ]
    assert protected({"deployment": {"resources": resources}}) == [
        Protected("bucket", "aws:s3/bucket:Bucket", "protect"),
        Protected("cluster", "aws:eks/cluster:Cluster", "deletionProtection"),
    ]


def test_what_outlives_the_stack_is_found_and_its_buckets_are_named() -> None:
    bucket = "urn:pulumi:prod::milvus-on-aws::milvus-on-aws:backup:Backup$aws:s3/bucket:Bucket::backup-bucket"
    key = bucket.replace("aws:s3/bucket:Bucket::backup-bucket", "aws:kms/key:Key::backup-key")
    resources = [
        {"urn": bucket, "type": "aws:s3/bucket:Bucket", "id": "backup-bucket-1a2b3c4", "retainOnDelete": True},
        {"urn": key, "type": "aws:kms/key:Key", "id": "11111111-2222", "retainOnDelete": True},
        {"urn": CLUSTER, "type": "aws:eks/cluster:Cluster", "id": "cluster"},
    ]
    found = retained({"deployment": {"resources": resources}})
    assert found == [
        Retained(bucket, "aws:s3/bucket:Bucket", "backup-bucket-1a2b3c4"),
        Retained(key, "aws:kms/key:Key", "11111111-2222"),
    ]
    said = staying(found[:1])
    assert said.count("s3://") == 1
    assert "  s3://backup-bucket-1a2b3c4\n" in said
    assert retained({"deployment": None}) == []


def test_an_empty_stack_protects_nothing() -> None:
    assert protected({"deployment": None}) == []
    assert protected({"deployment": {}}) == []


def test_the_refusal_names_each_and_says_what_to_do() -> None:
    text = refusal("prod", [Protected("bucket", "aws:s3/bucket:Bucket", "protect")])
    assert "  bucket (aws:s3/bucket:Bucket, protect)" in text
    assert 'make pulumi STACK=prod ARGS="config set milvus-on-aws:protect false"' in text


def deployed(**outputs: str) -> dict[str, Any]:
    return {"deployment": {"resources": [{"urn": "x", "type": "pulumi:pulumi:Stack", "outputs": outputs}]}}


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield cast(Any, boto3).client("ec2", region_name="us-east-1")


def resource(kind: str, arn: str, **more: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::milvus-on-aws::{kind}::x", "type": kind, "outputs": {"arn": arn}, **more}


def in_account(*made: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": list(made)}}


VPC = resource("aws:ec2/vpc:Vpc", "arn:aws:ec2:us-east-1:210987654321:vpc/vpc-1")


def test_the_account_is_read_from_what_the_stack_itself_made() -> None:
    others = resource("aws:acm/certificate:Certificate", "arn:aws:acm:us-east-1:999999999999:certificate/a")
    assert accounts(
        in_account(
            VPC,
            resource("aws:s3/bucket:Bucket", "arn:aws:s3:::bucket"),
            resource("aws:iam/policy:Policy", "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"),
            resource("kubernetes:core/v1:ConfigMap", "arn:aws:iam::888888888888:role/in-a-pod"),
            others | {"external": True},
            {"urn": "x", "type": "aws:ec2/route:Route"},
        )
    ) == {"210987654321"}
    assert accounts(in_account(resource("aws:iam/role:Role", "arn:aws-cn:iam::210987654321:role/a"))) == {
        "210987654321"
    }


def test_a_stack_is_not_destroyed_with_credentials_of_another_account(ec2: Any) -> None:
    refused = in_other_account("dev", in_account(VPC))
    assert refused.startswith(
        "stack dev is in account 210987654321, and these credentials are of account 123456789012 "
    )
    assert "nothing was deleted" in refused
    own = resource("aws:ec2/vpc:Vpc", "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1")
    assert not in_other_account("dev", in_account(own))


def test_without_an_answer_of_sts_nothing_is_destroyed(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StackError, match="and stack dev is in account 210987654321; nothing was deleted"):
        in_other_account("dev", in_account(VPC))
    assert not in_other_account("dev", {"deployment": None})  # nothing in AWS: nobody to ask


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_whoever_carries_the_client_security_group_is_a_consumer(ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]
    clients, others = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=subnet["VpcId"])["GroupId"] for name in "ab"
    )
    state = deployed(client_security_group_id=clients, aws_region="us-east-1")
    ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[others], Description="not a client")
    assert consumers(state) is None
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[clients, others], Description="a client")
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    assert consumers(state) == Consumers(clients, [f"{interface} (a client)"])


def test_a_local_stack_has_no_consumers_to_ask_for() -> None:
    assert consumers(deployed(target="embedded")) is None
    assert consumers({"deployment": None}) is None


def test_without_an_answer_of_ec2_nothing_is_destroyed(ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StackError, match="EC2 can't be asked who carries sg-1, to which Milvus is open: "):
        consumers(deployed(client_security_group_id="sg-1", aws_region="us-east-1"))


def test_the_consumers_are_named_with_the_order_to_go_by() -> None:
    text = still_used("dev", Consumers("sg-1", ["eni-1 (i-1)", "eni-2 (a lambda)"]))
    assert text.startswith(
        "stack dev has consumers; nothing was deleted: 2 network interfaces carry its client security"
    )
    assert "sg-1\n  eni-1 (i-1)\n  eni-2 (a lambda)\nDestroy what they belong to" in text


def test_make_down_asks_before_the_engine_starts(tmp_path: Path) -> None:
    engine = Engine.create(tmp_path)
    (tmp_path / "__main__.py").unlink()
    program = (
        "import pulumi\nclass C(pulumi.ComponentResource): pass\nC('a:b:C', 'kept', None, pulumi.ResourceOptions({}))\n"
    )
    (tmp_path / "__main__.py").write_text(program.format("protect=True"))
    engine.configure("prod")
    engine.up("prod")
    make = ["make", "down", "STACK=prod"]
    answer = subprocess.run(make, cwd=ROOT, env=engine.environment, capture_output=True, text=True)
    assert answer.returncode != 0
    assert "stack prod holds 1 protected resources; nothing was deleted:\n  kept (a:b:C, protect)" in answer.stderr
    assert "Destroying" not in answer.stdout
    assert [r["type"] for r in engine.state("prod")] == ["pulumi:pulumi:Stack", "a:b:C"]
