"""Two stacks on the real engine, in one backend and one emulated cloud: Milvus, and an application that needs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.embedded.server import Server, start, stop
from milvus_contract import parse
from rehearsal.cloud.resource import Resource
from rehearsal.operation import Operation
from rehearsal.protocol.wire import type_of
from rehearsal.stage import Stage
from rehearsal.workspace import Edit, configuration
from tests.engine import ROOT, free_port

kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:milvus-on-aws-dev/milvus/app-AbCdEf"
SECRET_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:EncryptionContext:SecretARN": SECRET}},
        },
    ],
}
DOMAIN = {"zoneId": "Z0123456789ABCDEFGHIJ", "milvus": "milvus.example.com", "attu": "attu.example.com"}
CONFIG_MAP, DEPLOYMENT = "kubernetes:core/v1:ConfigMap", "kubernetes:apps/v1:Deployment"


def consumer(folder: Path, producer: Stage) -> Stage:
    """The consumer's stack, with another passphrase than the producer's."""
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


def one(stage: Stage, type_: str) -> Resource:
    (found,) = [resource for resource in stage.cloud.all(type_) if "::consumer::" in resource.urn]
    return found


@pytest.mark.slow
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
        for resource in app.cloud.resources():
            if "::consumer::" in resource.urn and resource.type.startswith("kubernetes:"):
                kubernetes_validate.validate(resource.inputs, "1.35", strict=True)
        assert json.loads(str(one(app, "aws:iam/rolePolicy:RolePolicy")["policy"])) == SECRET_POLICY
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


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_the_application_finds_its_milvus_by_its_environment_alone(tmp_path: Path) -> None:
    port = free_port()
    server = Server(owner="test", folder=str(tmp_path / "milvus"), port=port, log_level="INFO")
    start(server)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MILVUS_STACK_CONTRACT_VERSION": "1.0",
        "MILVUS_STACK_TARGET": "embedded",
        "MILVUS_STACK_URI": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, str(ROOT / "examples" / "consumer_stack" / "app" / "app.py")]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as app:
        try:
            assert app.stdout
            assert app.stdout.readline() == "collections: []\n"
            assert (tmp_path / "connected").exists()
        finally:
            app.kill()
            stop(server)
