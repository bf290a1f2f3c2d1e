"""The provider protocol as the engine and programs rely on it.

Each rule is tested by a small program on the real CLI.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planning.timing.clock import Graph
from rehearsal.cloud.cloud import Cloud
from rehearsal.operation import Operation
from rehearsal.protocol.wire import name_of, type_of
from rehearsal.run import by_luck
from rehearsal.secrets import found_in_plain, secret_values
from rehearsal.stage import ROOT, Stage
from rehearsal.sweep import sweep

PROGRAM = """import pulumi
from tests.rehearsal import programs
getattr(programs, pulumi.Config("test").require("program"))()
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    project = tmp_path_factory.mktemp("project")
    (project / "Pulumi.yaml").write_text("name: test\nruntime:\n  name: python\n  options:\n    virtualenv: .venv\n")
    (project / "__main__.py").write_text(PROGRAM)
    (project / "tests").symlink_to(ROOT / "tests")
    with Stage(tmp_path_factory.mktemp("stage"), "test", project=project) as stage:
        yield stage


@pytest.fixture
def stage(shared: Stage) -> Iterator[Stage]:
    yield shared
    assert shared.destroy().succeeded
    assert shared.cloud.left() == []


def run(stage: Stage, program: str, **settings: str) -> None:
    """Chooses what the next command runs."""
    values = {"aws:region": "us-east-1", "test:program": program}
    stage.configure(values | {f"test:{key}": value for key, value in settings.items()})


def did(operation: Operation) -> list[tuple[str, str]]:
    return [(step.operation, name_of(step.urn)) for step in operation.changes]


def test_a_preview_knows_inputs_and_nothing_that_aws_decides(stage: Stage) -> None:
    run(stage, "network")
    preview = stage.preview()
    assert preview.succeeded, preview.text
    assert "known early: 10.0.0.0/16" in preview.text
    assert stage.cloud.left() == []


def test_names_stay_and_a_change_is_an_update_a_replacement_or_ignored(stage: Stage) -> None:
    run(stage, "network")
    assert stage.up().succeeded
    name = stage.cloud.all("aws:iam/role:Role")[0].id
    vpc_id = stage.outputs()["id"]
    assert stage.outputs()["arn"] == f"arn:aws:ec2:us-east-1:123456789012:vpc/{vpc_id}"

    assert did(stage.up()) == []
    assert stage.cloud.all("aws:iam/role:Role")[0].id == name

    run(stage, "network", colour="blue")
    update = stage.up()
    assert did(update) == [("update", "vpc")]
    assert update.changes[0].paths == ("tags.colour",)

    run(stage, "network", colour="green", ignored="tags")
    assert did(stage.up()) == []

    run(stage, "network", colour="blue", cidr="10.1.0.0/16", subnet="10.1.1.0/24")
    replaced = stage.up()
    assert ("replace", "vpc") in did(replaced)
    assert ("replace", "subnet") in did(replaced)
    assert stage.outputs()["id"] != vpc_id


def test_the_cloud_survives_its_process_and_drift_is_seen(stage: Stage) -> None:
    run(stage, "network")
    assert stage.up().succeeded
    stage.kill_cloud()
    stage.start_cloud()
    assert stage.refresh().succeeded
    assert did(stage.up()) == []

    stage.stop_cloud()
    cloud = stage.cloud
    cloud.remove(cloud.all("aws:iam/role:Role")[0])
    stage.start_cloud()
    assert stage.refresh().succeeded
    assert did(stage.up()) == [("create", "role")]


def test_a_rule_stops_the_deployment_with_what_aws_would_say_and_its_source(stage: Stage) -> None:
    run(stage, "network", subnet="10.9.0.0/24")
    refused = stage.up()
    assert not refused.succeeded
    assert "InvalidSubnet.Range: The CIDR '10.9.0.0/24' is invalid; the VPC has 10.0.0.0/16" in refused.text
    assert "docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html" in refused.text
    assert [resource.name for resource in stage.cloud.all("aws:ec2/subnet:Subnet")] == []


def test_what_never_becomes_ready_is_half_made_and_the_next_up_repairs_it(stage: Stage) -> None:
    run(stage, "half_made")
    broken = stage.up()
    assert not broken.succeeded
    assert "Gateway.NotAttached" in broken.text
    made = [resource.id for resource in stage.cloud.all("aws:ec2/natGateway:NatGateway")]
    assert len(made) == 1

    run(stage, "half_made", repaired="true")
    repaired = stage.up()
    assert repaired.succeeded, repaired.text
    assert [resource.id for resource in stage.cloud.all("aws:ec2/natGateway:NatGateway")] == made
    assert by_luck(Graph(stage.state()), stage.cloud) == []


@pytest.mark.slow
def test_every_call_that_fails_once_is_repaired_by_running_the_command_again(stage: Stage) -> None:
    run(stage, "network")
    result = sweep(stage, every=3)
    assert result.problems == []
    struck = [(fault.operation, fault.moment) for fault in stage.faults.struck()]
    assert struck == [("create", "before"), ("create", "after"), ("delete", "before"), ("delete", "after")]
    assert (result.injected, result.converged) == (4, 4)


def test_an_order_that_nothing_guarantees_is_reported_though_it_went_well(stage: Stage) -> None:
    run(stage, "half_made", repaired="true", lucky="true")
    stage.up()  # whether it goes well is a matter of luck
    stage.up()
    assert by_luck(Graph(stage.state()), stage.cloud) == [
        "nat needs internet first, but does not depend on it: a NAT gateway needs an internet gateway in its VPC\n"
        "  rule: a_nat_gateway_needs_an_internet_gateway"
        " (docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html)"
    ]


def test_a_generated_secret_is_nowhere_in_plain_text_unless_the_program_puts_it_there(stage: Stage) -> None:
    run(stage, "passwords")
    first = stage.up()
    assert first.succeeded, first.text
    values = secret_values(stage.cloud)
    assert list(found_in_plain(values, stage.state(), stage.cloud, [first.text])) == []
    assert len(values[-1]) == 32
    assert stage.cloud.all("aws:secretsmanager/secretVersion:SecretVersion")[0]["secretString"] == values[-1]

    run(stage, "passwords", leak="true")
    leaking = stage.up()
    assert leaking.succeeded
    found = list(found_in_plain(values, stage.state(), stage.cloud, [leaking.text]))
    assert found[0] == "secret in plain text in the state of leak"
    assert found[1].startswith("secret in plain text in aws:cloudwatch/logGroup:LogGroup=leak-")


def test_explicit_providers_keep_their_own_region_and_account(stage: Stage) -> None:
    run(stage, "two_regions")
    first = stage.up()
    assert first.succeeded, first.text
    for region, account in (("us-east-1", "111111111111"), ("eu-west-1", "222222222222")):
        arns = stage.outputs()[region]
        assert {arn.rsplit("/", 1)[0] for arn in arns} == {f"arn:aws:ec2:{region}:{account}:vpc"}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("misspelt", "Unknown property 'cidrBlok' of aws:ec2/vpc:Vpc"),
        ("unknown_function", "the rehearsal knows no function aws:ec2/getInternetGateway:getInternetGateway"),
        (
            "node_roles_with_access_entries",
            "The 'instanceRoles' property does not support non-empty values when 'authenticationMode' is set to 'API'",
        ),
        ("unreachable_cluster", "configured Kubernetes cluster is unreachable: https://nowhere"),
    ],
)
def test_what_cannot_be_is_an_error(stage: Stage, program: str, reason: str) -> None:
    run(stage, program)
    refused = stage.up()
    assert not refused.succeeded
    assert reason in refused.text


def test_pulumi_eks_registers_the_children_that_the_real_one_does(stage: Stage) -> None:
    """The list is what the real provider registered, run from its repository."""
    run(stage, "clusters")
    first = stage.up()
    assert first.succeeded, first.text
    inside = [step.urn for step in first.changes if "eks:index:Cluster" in step.urn]
    made = sorted(f"{type_of(urn)} {name_of(urn)}" for urn in inside)
    assert made == [
        "aws:ec2/securityGroup:SecurityGroup c-eksClusterSecurityGroup",
        "aws:ec2/securityGroup:SecurityGroup c-nodeSecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule c-eksClusterIngressRule",
        "aws:ec2/securityGroupRule:SecurityGroupRule c-eksClusterInternetEgressRule",
        "aws:ec2/securityGroupRule:SecurityGroupRule c-eksExtApiServerClusterIngressRule",
        "aws:ec2/securityGroupRule:SecurityGroupRule c-eksNodeClusterIngressRule",
        "aws:ec2/securityGroupRule:SecurityGroupRule c-eksNodeIngressRule",
        "aws:ec2/securityGroupRule:SecurityGroupRule c-eksNodeInternetEgressRule",
        "aws:eks/accessEntry:AccessEntry c-team",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation c-team-view",
        "aws:eks/addon:Addon c-kube-proxy",
        "aws:eks/addon:Addon c-vpc-cni",
        "aws:eks/cluster:Cluster c-eksCluster",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider c-oidcProvider",
        "aws:iam/role:Role c-eksRole-role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment c-eksRole-4b490823",
        "eks:index:Cluster c",
        "eks:index:ServiceRole c-eksRole",
        "eks:index:VpcCniAddon c-vpc-cni",
        "pulumi:providers:kubernetes c-eks-k8s",
    ]
    assert stage.outputs()["issuer"].startswith("oidc.eks.us-east-1.amazonaws.com/id/")

    run(stage, "clusters", nodes="true")
    nodes = stage.up()
    assert did(nodes) == [("create", "nodes"), ("create", "nodes"), ("create", "nodes")], "role, component, node group"
    assert "NodeCreationFailure: Instances failed to join the kubernetes cluster: nodes lacks" in nodes.text


def test_a_killed_runner_leaves_no_process_behind(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from rehearsal.stage import Stage; s = Stage(pathlib.Path(sys.argv[1]), 'x');"
        "s.start_cloud(); print(s.server_pid, flush=True); sys.stdin.read()"
    )
    runner = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with runner:
        assert runner.stdout
        server = int(runner.stdout.readline())
        os.kill(server, 0)
        runner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{server}/cmdline").exists() and Path(f"/proc/{server}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "the emulated cloud outlived its runner"
        time.sleep(0.05)


def test_the_journal_of_a_killed_process_may_end_in_the_middle_of_a_line(tmp_path: Path) -> None:
    journal = tmp_path / "cloud.jsonl"
    journal.write_text('["put", {"type": "t", "id": "1"}]\n["put", {"type": "t", "i')
    assert [resource.key for resource in Cloud(journal).resources()] == ["t=1"]
