"""Faults strike once, and their repair leads to the same result as an undisturbed deployment."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from rehearsal.cloud.cloud import NeverReadyError, Refused
from rehearsal.faults import Fault, Faults
from rehearsal.killing import kill_hanging_up, recover, recovered
from rehearsal.protocol.wire import name_of, type_of
from rehearsal.stage import ROOT, Stage
from rehearsal.sweep import Run, everything, meet, planned, sample

PREFIX = "urn:pulumi:s::p::"
VPC = f"{PREFIX}aws:ec2/vpc:Vpc::vpc"
RULE = f"{PREFIX}aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule::rule"
POD = f"{PREFIX}kubernetes:core/v1:Pod::pod"

PROGRAM = """
import pulumi, pulumi_aws as aws
parent = pulumi.ComponentResource("p:network:Network", "network")
child = pulumi.ResourceOptions(parent=parent, provider=aws.Provider("aws", region="us-east-1"))
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=child)
properties = pulumi.Output.concat("# of ", vpc.id)
aws.msk.Configuration("configuration", server_properties=properties, kafka_versions=["3.9.x"], opts=child)
"""


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[Stage]:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (project / "__main__.py").write_text(PROGRAM)
    with Stage(tmp_path / "stage", "test", project=project, checkpoints=True) as stage:
        yield stage


def test_a_fault_strikes_once_whichever_process_meets_it(tmp_path: Path) -> None:
    fault = Fault("create", VPC, "before")
    Faults(tmp_path / "faults").plan(fault)
    Faults(tmp_path / "faults").strike("delete", VPC, "before")
    Faults(tmp_path / "faults").strike("create", VPC, "after")
    with pytest.raises(Refused, match="ServiceUnavailable before the create"):
        Faults(tmp_path / "faults").strike("create", VPC, "before")
    Faults(tmp_path / "faults").strike("create", VPC, "before")
    assert Faults(tmp_path / "faults").struck() == [fault]


def test_what_fails_after_its_effect_is_half_made_or_gone(tmp_path: Path) -> None:
    faults = Faults(tmp_path / "faults")
    faults.plan(Fault("create", VPC, "after"), Fault("delete", VPC, "after"))
    with pytest.raises(NeverReadyError):
        faults.strike("create", VPC, "after")
    with pytest.raises(Refused):
        faults.strike("delete", VPC, "after")


def test_the_engine_hears_nothing_of_a_throttled_call(tmp_path: Path) -> None:
    faults = Faults(tmp_path / "faults")
    faults.plan(Fault("create", VPC, "before", "throttled"))
    faults.strike("create", VPC, "before")
    assert [fault.way for fault in faults.struck()] == ["throttled"]


def test_an_outage_is_one_of_kubernetes_and_ends(tmp_path: Path) -> None:
    faults = Faults(tmp_path / "faults")
    faults.outage(begins=True)
    faults.strike("delete", VPC, "before")
    with pytest.raises(Refused, match="configured Kubernetes cluster is unreachable"):
        faults.strike("delete", POD, "before")
    faults.outage(begins=False)
    faults.strike("delete", POD, "before")


def test_a_sweep_lets_everything_fail_in_every_way_that_its_provider_can() -> None:
    runs = everything([VPC, RULE, POD])
    ways = Counter((fault.operation, fault.moment, fault.way) for run in runs for fault in run.faults)
    assert ways == {
        ("create", "before", "fails"): 3,
        ("create", "after", "fails"): 2,  # there is nothing that a security group rule's provider waits for
        ("delete", "before", "fails"): 3,
        ("delete", "after", "fails"): 3,
        ("create", "before", "throttled"): 3,
        ("delete", "before", "throttled"): 3,
        ("create", "after", "hangs"): 2,
        ("create", "before", "hangs"): 1,
    }
    assert [run.outage for run in runs].count(True) == 1


def test_a_sample_has_as_many_faults_as_it_was_asked_for() -> None:
    urns = [f"{PREFIX}aws:ec2/vpc:Vpc::{i}" for i in range(40)]
    kill, rest = sample(urns, 12)
    assert kill.kills
    assert len(kill.faults) + len(rest.faults) + rest.outage == 12
    assert {(fault.operation, fault.moment, fault.way) for fault in rest.faults} == {
        ("create", "before", "fails"),
        ("create", "after", "fails"),
        ("delete", "before", "fails"),
        ("delete", "after", "fails"),
        ("create", "before", "throttled"),
        ("delete", "before", "throttled"),
    }


def test_what_was_being_made_gets_its_id_and_what_is_not_there_is_forgotten() -> None:
    made = {"urn": VPC, "type": "aws:ec2/vpc:Vpc", "inputs": {"cidrBlock": "10.0.0.0/16", "__defaults": ["name"]}}
    pending: list[dict[str, Any]] = [
        {"type": "creating", "resource": made},
        {"type": "creating", "resource": {"urn": POD, "inputs": {}}},
    ]
    deployment: dict[str, Any] = {"manifest": {}, "resources": [{"urn": "stack"}], "pending_operations": pending}
    assert recovered(deployment, {VPC: "vpc-1"}) == {
        "manifest": {},
        "resources": [{"urn": "stack"}, {**made, "id": "vpc-1", "outputs": made["inputs"]}],
        "pending_operations": [],
    }


@pytest.mark.slow
def test_what_a_killed_engine_was_making_is_taken_over_with_its_name(killable: Stage) -> None:
    vpc, named = planned(killable)
    result = meet(killable, Run((Fault("create", vpc, "before", "hangs"), Fault("create", named, "after", "hangs"))))
    assert (result.injected, result.converged, result.problems) == (2, 2, [])
    assert result.repairs == {"cancel and refresh": 2}


def runs_in(process: psutil.Process, stage: Stage) -> bool:
    """A process of the CLI that has the stage's program as its folder."""
    try:
        return process.cwd().startswith(str(stage.folder))
    except psutil.Error:
        return False


@pytest.mark.slow
def test_an_engine_killed_while_it_writes_beside_its_state_is_recovered_from(killable: Stage) -> None:
    vpc, _ = planned(killable)
    killable.faults.plan(Fault("create", vpc, "after", "hangs"))
    assert kill_hanging_up(killable)
    left = [each for each in psutil.process_iter() if runs_in(each, killable)]
    assert not psutil.wait_procs(left, timeout=60)[1], "not even the program's process"
    (beside,) = killable.folder.rglob("stacks/**/*.json.attrs")
    beside.write_text("")
    recover(killable)
    assert vpc in {each["urn"] for each in killable.state()}


def test_a_sweep_tells_what_is_there_twice(killable: Stage) -> None:
    """Here because after a kill nobody takes over what was being made."""
    vpc, _ = planned(killable)
    killable.faults.plan(Fault("create", vpc, "after", "hangs"))
    assert kill_hanging_up(killable)
    killable.kill_cloud()
    killable.start_cloud()
    killable.pulumi("cancel", "--yes")
    result = meet(killable, Run(()))
    assert (result.injected, result.converged) == (1, 0)
    assert "vpc: 2 times in the cloud" in result.problems


@pytest.mark.slow
def test_what_fails_on_the_way_of_dev_is_repaired_by_the_same_command_and_once_by_a_refresh(tmp_path: Path) -> None:
    with Stage(tmp_path / "stage", "dev") as stage:
        urns = {(type_of(urn).rpartition(":")[2], name_of(urn)): urn for urn in planned(stage)}
        faults = (
            Fault("create", urns["Vpc", "network-vpc"], "before"),
            Fault("create", urns["Cluster", "kafka-cluster"], "after"),
            Fault("create", urns["Bucket", "bucket-bucket"], "before", "throttled"),
            Fault("create", urns["Release", "milvus-release"], "after"),
            Fault("delete", urns["Release", "milvus-release"], "after"),
            Fault("delete", urns["Cluster", "cluster-eksCluster"], "before"),
        )
        result = meet(stage, Run(faults, outage=True))
    assert result.problems == []
    assert (result.injected, result.converged) == (7, 7)
    # Helm forgets a release before it has waited for the end, and then does not know it: only a refresh helps.
    assert result.repairs["refresh"] == 1
    assert result.repairs["again"] == 5
