"""Two stacks on the real engine, in one backend and one emulated cloud: Milvus, and an application that needs it."""

from pathlib import Path
from typing import Any

from milvus_contract import parse
from rehearsal.cloud import Thing
from rehearsal.stage import Operation, Stage
from rehearsal.wire import type_of
from rehearsal.workspace import Edit, configuration
from tests.engine import ROOT

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:milvus-on-aws-dev/milvus/app-AbCdEf"
DOMAIN = {"zoneId": "Z0123456789ABCDEFGHIJ", "milvus": "milvus.example.com", "attu": "attu.example.com"}
CONFIG_MAP, DEPLOYMENT = "kubernetes:core/v1:ConfigMap", "kubernetes:apps/v1:Deployment"


def consumer(folder: Path, producer: Stage) -> Stage:
    """With a passphrase that the producer's is not."""
    settings = {
        "consumer:producer": f"organization/milvus-on-aws/{producer.stack}",
        "consumer:image": "example.com/app:1",
        "consumer:authSecretArn": SECRET,
    }
    return Stage(
        folder / "consumer",
        "app",
        project=ROOT / "examples" / "consumer_stack",
        settings=settings,
        edits=[Edit("Pulumi.yaml", "../../.venv", ".venv")],
        beside=producer,
        passphrase="of the consumer",
    )


def succeeded(operation: Operation) -> Operation:
    assert operation.succeeded, operation.text
    return operation


def one(stage: Stage, type_: str) -> Thing:
    (found,) = [thing for thing in stage.cloud.all(type_) if "::consumer::" in thing.urn]
    return found


def test_an_application_comes_follows_its_producer_and_goes(tmp_path: Path) -> None:
    with Stage(tmp_path / "producer", "dev") as milvus, consumer(tmp_path, milvus) as app:
        succeeded(milvus.up())
        succeeded(app.preview())
        succeeded(app.up())
        contract = parse(milvus.outputs(), "dev")
        assert app.outputs()["milvus_uri"] == contract.milvus_uri
        data = one(app, CONFIG_MAP)["data"]
        assert data["MILVUS_STACK_URI"] == contract.milvus_uri
        assert data["MILVUS_STACK_AUTH_SECRET_ARN"] == SECRET
        template = one(app, "aws:ec2/launchTemplate:LaunchTemplate")
        assert contract.client_security_group_id in template["vpcSecurityGroupIds"]
        assert one(app, "aws:eks/nodeGroup:NodeGroup")["subnetIds"] == contract.private_subnet_ids
        assert succeeded(app.up()).changes == []

        settings = configuration(tmp_path / "producer" / "program" / "Pulumi.dev.yaml")
        milvus.configure({**settings, "milvus-on-aws:access": {"domain": DOMAIN}})
        succeeded(milvus.up())
        followed = succeeded(app.up())
        assert app.outputs()["milvus_uri"] == "https://milvus.example.com:19530"
        assert one(app, CONFIG_MAP)["data"]["MILVUS_STACK_TLS"] == "true"
        assert {type_of(step.urn) for step in followed.changes} == {CONFIG_MAP, DEPLOYMENT}
        pod: Any = one(app, DEPLOYMENT)["spec.template.spec"]
        assert pod["containers"][0]["envFrom"] == [{"configMapRef": {"name": one(app, CONFIG_MAP)["metadata.name"]}}]

        early = milvus.destroy()  # the wrong order: AWS keeps what the consumer stands on
        assert not early.succeeded
        assert "Cluster has nodegroups attached: clients" in early.text

        succeeded(app.destroy())
        succeeded(milvus.destroy())
        assert milvus.cloud.left() == []
        late = app.up()
        assert not late.succeeded
        assert "stack organization/milvus-on-aws/dev exports no contract: it was never deployed, or" in late.text
        assert "Traceback" not in late.text


def test_a_producer_without_a_cluster_is_said_in_one_line(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (project / "__main__.py").write_text("import outputs; outputs.export(target='embedded')")
    for name in ("outputs.py", "milvus_contract"):
        (project / name).symlink_to(ROOT / name)
    with Stage(tmp_path / "producer", "local", project=project) as milvus, consumer(tmp_path, milvus) as app:
        succeeded(milvus.up())
        preview = app.preview()
        assert not preview.succeeded
        assert "the producer runs on target embedded and has no EKS cluster for an application" in preview.text
        assert "Traceback" not in preview.text
