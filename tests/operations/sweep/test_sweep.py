"""`make sweep` before moto: finds whatever a stack left, and deletes nothing that it must not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from operations.doctor.subject import Subject
from operations.stack import StackError
from operations.sweep import sweep as module
from operations.sweep.leftover import last_change
from operations.sweep.sweep import refusal, swept
from tests.operations.sweep.planted import ACCOUNT, CLIENTS, OLD, Account
from tests.settings.written import AWS, settings

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
CLUSTER = "milvus-on-aws-dev"
OURS = {"project": "milvus-on-aws", "stack": "dev"}
OWNED = {f"kubernetes.io/cluster/{CLUSTER}": "owned"}
CONTROLLER = {"elbv2.k8s.aws/cluster": CLUSTER}
CNI = {"cluster.k8s.amazonaws.com/name": CLUSTER}


def state(*ids: str, written: datetime = OLD) -> dict[str, Any]:
    made = [{"urn": "u", "type": "aws:x/y:Z", "id": each} for each in ids]
    return {"deployment": {"manifest": {"time": written.isoformat()}, "resources": made}}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield Account()


def stack(exported: dict[str, Any], **more: Any) -> Subject:
    return Subject("dev", settings(AWS | more), CLIENTS, exported)


def leave(account: Account) -> tuple[list[str], list[str]]:
    """Leaves 30 things: 20 that may be deleted, and 10 that hold data, or what opens it."""
    may = [
        *(account.interface(tags) for tags in (CNI, OWNED, OURS, OURS | {"team": "x"})),
        account.interface({}, text=f"Amazon EKS {CLUSTER}"),
        account.group(OURS),
        account.group(OWNED),
        account.group(CONTROLLER),
        account.group({}, name=f"eks-cluster-sg-{CLUSTER}-1234567"),
        *(account.address(OURS) for _ in range(3)),
        account.gateway(OURS),
        account.gateway(OURS | {"Name": "x"}),
        account.balancer(OURS),
        account.balancer(CONTROLLER),
        account.balancer(CONTROLLER, kind="application"),
        account.target_group(OURS),
        account.target_group(CONTROLLER),
        account.target_group(CONTROLLER | OURS),
    ]
    never = [
        account.volume(OWNED),
        account.volume(OURS | {"CSIVolumeName": "pvc-1"}),
        account.snapshot(OURS),
        account.log_group(f"/aws/eks/{CLUSTER}/cluster"),
        account.log_group(f"/aws/containerinsights/{CLUSTER}/performance"),
        account.secret(OURS),
        account.secret(OURS, marked=True),
        account.key(OURS),
        account.bucket(OURS),
        account.volume(OURS),
    ]
    return may, never


def decoys(account: Account) -> tuple[list[str], list[str]]:
    """Places 20 things that must stay: of others, in use, too young; and what the state still names."""
    now = datetime.now(UTC)
    other = {"project": "milvus-on-aws", "stack": "dev2"}
    busy = account.group(OURS)
    naming = account.group({})
    named = account.group(OURS)
    account.ec2.authorize_security_group_ingress(
        GroupId=naming,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": named}]}],
    )
    kept = [
        account.interface(other),
        account.interface({"project": "milvus-on-aws"}),
        account.interface({"cluster.k8s.amazonaws.com/name": f"{CLUSTER}2"}),
        account.interface({}, text=f"Amazon EKS {CLUSTER}2"),
        account.interface({f"kubernetes.io/cluster/{CLUSTER}": "shared"}),
        account.interface(OURS, attached=True),
        busy,
        account.interface({}, groups=(busy,)),
        named,
        naming,
        account.group({}, name=f"eks-cluster-sg-{CLUSTER}2-1234567"),
        account.group({"elbv2.k8s.aws/cluster": "other"}),
        account.address(other),
        account.address(OURS, used=True),
        account.gateway(OURS, routed=True),
        account.gateway(OURS, born=now),
        account.balancer(CONTROLLER, targets=2),
        account.balancer(CONTROLLER, born=now),
        account.balancer({"elbv2.k8s.aws/cluster": "other"}),
        account.target_group(OURS, targets=1),
    ]
    return kept, [account.address(OURS), account.interface(CNI), account.group(OURS)]


def present(account: Account) -> set[str]:
    """Everything that can be deleted, as far as it is there."""
    ec2, elb = account.ec2, account.elb
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    return {
        *(each["NetworkInterfaceId"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]),
        *(each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]),
        *(each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]),
        *(each["NatGatewayId"] for each in gateways if each["State"] != "deleted"),
        *(each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]),
        *(each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]),
        *(each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]),
    }


def test_of_thirty_leftovers_all_are_found_and_of_twenty_decoys_none_is_deleted(account: Account) -> None:
    may, never = leave(account)
    decoy, ours = decoys(account)
    assert (len(may), len(never), len(decoy)) == (20, 10, 20)
    subject = stack(state(*ours))
    before = present(account)

    rows = swept(subject, apply=False)
    assert {row.left.id for row in rows if not row.kept} == set(may)
    assert {row.left.id for row in rows} >= {*may, *never}
    assert present(account) == before  # nothing is deleted unless asked

    rows = swept(subject, apply=True)
    assert {row.left.id for row in rows if not row.kept and not row.failed} == set(may)
    assert [row.failed for row in rows if row.failed] == []
    assert before - present(account) == set(may)
    assert present(account) >= {*decoy, *ours}
    assert {row.left.id for row in swept(subject, apply=False) if not row.kept} == set()


def test_each_has_its_price(account: Account) -> None:
    volume, address = account.volume(OURS), account.address(OURS)
    gateway, balancer = account.gateway(OURS), account.balancer(CONTROLLER, kind="application")
    found = {row.left.id: row.left.usd for row in swept(stack(state()), apply=False)}
    assert found[volume] == pytest.approx(20 * 0.08)
    assert found[address] == pytest.approx(3.65)
    assert found[gateway] == pytest.approx(32.85)
    assert found[balancer] == pytest.approx(16.425)


def test_nothing_whose_age_is_unknown_goes_while_the_stack_changes(account: Account) -> None:
    address = account.address(OURS)
    [row] = swept(stack(state(written=datetime.now(UTC))), apply=True)
    assert (row.left.id, row.kept) == (address, "the stack was changed within the last hour")
    [row] = swept(stack({"deployment": None}), apply=True)
    assert row.kept == "nobody knows how old it is"


def test_tags_that_several_stacks_may_share_prove_nothing(account: Account) -> None:
    account.address({"project": "milvus-on-aws", "stack": "search"})
    assert swept(stack(state(), tags={"stack": "search"}), apply=True) == []


def test_a_state_names_whole_ids() -> None:
    assert module.named("eni-1", '{"id": "eni-1"}')
    assert not module.named("eni-1", '{"id": "eni-12"}')
    assert not module.named("milvus-on-aws-dev", '{"name": "milvus-on-aws-dev-2"}')
    assert last_change({"deployment": {"manifest": {"time": "2026-11-26T10:13:44.123456789Z"}}}) is not None


def test_another_account_is_refused(account: Account) -> None:
    wrong = stack(state(), access={"accountIds": ["210987654321"]})
    assert refusal(wrong) == (f"access.accountIds has 210987654321, and these credentials are of account {ACCOUNT}")
    made = {"urn": "u", "type": "aws:ec2/vpc:Vpc", "outputs": {"arn": "arn:aws:ec2:us-east-1:210987654321:vpc/v"}}
    assert refusal(stack({"deployment": {"resources": [made]}})).startswith("stack dev is in account 210987654321")
    assert not refusal(stack(state()))


def test_a_stack_of_this_name_from_another_backend_is_not_swept(account: Account) -> None:
    account.client("eks").create_cluster(
        name=CLUSTER, roleArn="arn:aws:iam::123456789012:role/x", resourcesVpcConfig={"subnetIds": account.subnets[:2]}
    )
    assert "somebody deploys a stack of this name from another backend" in refusal(stack(state()))
    assert not refusal(stack(state(CLUSTER)))


def test_the_command_lists_by_default_and_refuses_to_apply_elsewhere(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    volume = account.volume(OURS)
    account.address(OURS)
    monkeypatch.setattr(module, "exported", lambda stack: state())
    assert module.sweep("dev", apply=False) == 0
    said = capsys.readouterr().out
    assert volume in said
    assert "2 leftovers, 5.25 USD a month, of which 3.65 would go." in said
    assert module.sweep("dev", apply=True, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert {each["kind"]: each["deleted"] for each in found["leftovers"]} == {"address": True, "volume": False}
    monkeypatch.setattr(module, "refusal", lambda subject: "another account")
    with pytest.raises(StackError, match="another account"):
        module.sweep("dev", apply=True)
