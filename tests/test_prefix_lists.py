"""Clients by managed prefix lists: looked at before anything is made, then admitted as networks are."""

from typing import Any

import pulumi
import pytest

from tests.components.recording import Recording
from tests.program import run

LIST, OTHER = "pl-0123456789abcdef0", "pl-01234567"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
FOUND = "aws:ec2/getManagedPrefixList:getManagedPrefixList"
QUOTA = "aws:servicequotas/getServiceQuota:getServiceQuota"


def made(quota: int = 60, cidrs: tuple[str, ...] = ("10.0.0.0/8",), **found: Any) -> Recording:
    answer = {"addressFamily": "IPv4", "maxEntries": 10, "entries": [{"cidr": "192.0.2.0/24", "description": ""}]}

    def looked_up(asked: dict[str, Any]) -> dict[str, Any]:
        return {"id": asked["id"], **answer, **found}

    access = {"clientCidrs": list(cidrs), "clientPrefixLists": [LIST, OTHER]}
    return run("dev", access=access, answers={FOUND: looked_up, QUOTA: {"value": quota}})


def test_a_list_is_admitted_wherever_a_network_is() -> None:
    rules = [rule for rule in made().all(RULE) if rule.inputs.get("prefixListId") or "cidrIpv4" in rule.inputs]
    admitted = {
        port: {rule.inputs.get("prefixListId") or rule.inputs["cidrIpv4"] for rule in rules if rule.name.startswith(at)}
        for port, at in ((19530, "endpoints-milvus-19530"), (80, "endpoints-attu-80"))
    }
    assert admitted == {19530: {LIST, OTHER, "10.0.0.0/8"}, 80: {LIST, OTHER, "10.0.0.0/8"}}
    assert not any(rule.inputs.get("prefixListId") and rule.inputs.get("cidrIpv4") for rule in rules)


@pytest.mark.parametrize(
    ("found", "quota", "why"),
    [
        ({"addressFamily": "IPv6"}, 60, f"{LIST}: has IPv6 networks; the load balancers are reached by IPv4"),
        (
            {"entries": [{"cidr": "0.0.0.0/1", "description": ""}, {"cidr": "128.0.0.0/1", "description": ""}]},
            60,
            f"{LIST}: opens the database to everybody; take 0.0.0.0/0 out of it",
        ),
        ({"maxEntries": 40}, 60, r"81 networks with those of clientCidrs .*, of 60 rules, hold 59: shorten the lists"),
        ({"maxEntries": 40}, 80, r"81 networks .* of 80 rules, hold 79"),
    ],
)
def test_a_list_that_will_not_do_is_refused_before_anything_is_made(
    found: dict[str, Any], quota: int, why: str
) -> None:
    with pytest.raises(pulumi.RunError, match=f"milvus-on-aws:access.clientPrefixLists: {why}.*nothing was created"):
        made(quota, **found)


def test_an_account_with_a_raised_quota_takes_longer_lists() -> None:
    recording = made(200, maxEntries=40)
    assert {rule.inputs["prefixListId"] for rule in recording.all(RULE) if rule.inputs.get("prefixListId")} == {
        LIST,
        OTHER,
    }


def test_without_lists_aws_is_asked_for_none() -> None:
    assert {FOUND, QUOTA}.isdisjoint(token for token, _ in run("dev").invokes)
