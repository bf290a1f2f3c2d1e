"""Before a deployment: of each planted fault the doctor names that one alone, and of a good account nothing."""

from typing import Any

import pytest

from operations.doctor import account, doctor
from tests.operations.doctor import healthy
from tests.operations.doctor.answers import RefusalError
from tests.operations.doctor.faults_before import BEFORE, Fault
from tests.operations.doctor.healthy import ANSWERS, EXISTING, HEALTHY, IMPORTED, quota, subject

OURS = {each.rstrip(".") for each in healthy.SERVERS}
DENIED = RefusalError("AccessDeniedException")


@pytest.fixture(autouse=True)
def account_and_network(monkeypatch: pytest.MonkeyPatch) -> None:
    ANSWERS.planned = dict(HEALTHY)
    monkeypatch.setattr(account, "own_address", lambda: "52.1.2.3")
    monkeypatch.setattr(account, "name_servers", lambda zone: OURS)


def found(sections: dict[str, Any] | None = None) -> dict[str, Any]:
    return doctor.diagnose(subject(sections)).to_json()


WOODPECKER = {"log": {"kind": "woodpecker"}}


@pytest.mark.parametrize(
    "sections",
    [{}, EXISTING, IMPORTED, WOODPECKER],
    ids=["own", "existing VPC", "own certificate", "a log without brokers"],
)
def test_of_a_good_account_nothing_is_said(sections: dict[str, Any]) -> None:
    said = found(sections)
    assert (said["code"], said["faults"]) == (0, [])
    assert [each for each in said["checks"] if each["verdict"] == "unanswered"] == []


@pytest.mark.parametrize("fault", BEFORE, ids=lambda each: each.what)
def test_a_fault_is_named_alone(fault: Fault) -> None:
    ANSWERS.planned |= fault.planned
    said = found(fault.sections)
    assert {each["check"] for each in said["faults"]} == {fault.check}
    assert fault.what in said["faults"][0]["what"]
    assert said["faults"][0]["fix"]
    assert said["code"] == 1
    assert [each for each in said["checks"] if each["verdict"] == "unanswered"] == []


def test_a_machine_that_is_not_let_in_is_told_before_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "own_address", lambda: "9.9.9.9")
    [fault] = found()["faults"]
    assert (
        "this machine's address on the internet is 9.9.9.9, and cluster.publicAccessCidrs has 52.1.2.0/24"
        in fault["what"]
    )
    assert fault["fix"].startswith("add 9.9.9.9/32 to cluster.publicAccessCidrs")


def test_a_domain_that_is_delegated_elsewhere_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "name_servers", lambda zone: {"ns1.elsewhere.test"})
    [fault] = found()["faults"]
    assert fault["what"].startswith("corp.test is not delegated to this zone: the internet asks ns1.elsewhere.test")
    assert fault["fix"].endswith("NS records ns-1.awsdns-01.org, ns-2.awsdns-02.com")


def test_what_may_not_be_read_is_skipped_and_said() -> None:
    ANSWERS.planned |= {"service-quotas.GetServiceQuota": DENIED, "iam.SimulatePrincipalPolicy": DENIED}
    said = found()
    assert (said["code"], said["faults"]) == (0, [])
    why = {each["check"]: each["why"] for each in said["checks"] if each["verdict"] == "skipped"}
    assert why["permissions elsewhere"] == "you may not SimulatePrincipalPolicy (iam:SimulatePrincipalPolicy)"
    assert why["gp3"].startswith("you may not GetServiceQuota (servicequotas:GetServiceQuota, ec2:DescribeVolumes)")


def test_refused_is_not_unanswered() -> None:
    ANSWERS.planned |= {
        "ec2.CreateVpc": RefusalError("RequestLimitExceeded"),
        "eks.DescribeAddonVersions": OSError("silence"),
    }
    said = found()
    assert (said["code"], said["faults"]) == (2, [])
    assert {each["check"] for each in said["checks"] if each["verdict"] == "unanswered"} == {
        "permissions on EC2",
        "add-ons' versions",
    }


def test_a_quota_that_nobody_changed_is_aws_default() -> None:
    ANSWERS.planned |= {
        "service-quotas.GetServiceQuota": RefusalError("NoSuchResourceException"),
        "service-quotas.GetAWSDefaultServiceQuota": quota(L_1216C47A=4),
    }
    assert [each["check"] for each in found()["faults"]] == ["On-Demand Standard"]


def test_a_code_that_stands_for_another_quota_proves_nothing() -> None:
    ANSWERS.planned["service-quotas.GetServiceQuota"] = {"Quota": {"QuotaName": "Something else", "Value": 0.0}}
    assert found()["faults"] == []


def test_nothing_is_changed() -> None:
    ANSWERS.asked.clear()
    found()
    changing = {each for each in ANSWERS.asked if not each.split(".")[1].startswith(("Describe", "Get", "List"))}
    assert changing == {
        "ec2.AllocateAddress",  # these four with DryRun
        "ec2.CreateInternetGateway",
        "ec2.CreateLaunchTemplate",
        "ec2.CreateVpc",
        "iam.SimulatePrincipalPolicy",
    }
