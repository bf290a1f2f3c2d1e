import subprocess
from pathlib import Path

from operations.destroyable import Protected, protected, refusal
from operations.stack import ROOT
from tests.engine import Engine

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


def test_an_empty_stack_protects_nothing() -> None:
    assert protected({"deployment": None}) == []
    assert protected({"deployment": {}}) == []


def test_the_refusal_names_each_and_says_what_to_do() -> None:
    text = refusal("prod", [Protected("bucket", "aws:s3/bucket:Bucket", "protect")])
    assert "  bucket (aws:s3/bucket:Bucket, protect)" in text
    assert "pulumi config set milvus-on-aws:protect false --stack prod" in text


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
