"""The whole program with an endpoint service in front of Milvus: who may connect, and by which name."""

from typing import Any

import pulumi
import pytest

from tests.components.recording import Recording
from tests.program import run

ACCOUNT = "arn:aws:iam::210987654321:root"
PLAIN: dict[str, Any] = {"privateLink": {"principals": [ACCOUNT]}}
NAMED: dict[str, Any] = {
    "privateLink": {"principals": [ACCOUNT], "privateDns": True},
    "domain": {"zoneId": "Z0123456789ABC", "milvus": "milvus.example.com", "attu": "attu.example.com"},
}
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
VERIFICATION = "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification"


def offered(access: dict[str, Any] = PLAIN, zone: dict[str, Any] | None = None) -> Recording:
    answer = {"name": "example.com", "privateZone": False, **(zone or {})}
    return run("dev", answers={"aws:route53/getZone:getZone": answer}, access=access)


def test_the_service_stands_on_milvus_balancer_and_admits_the_principals() -> None:
    recording = offered()
    service = recording.one(SERVICE)
    assert service.inputs["allowedPrincipals"] == [ACCOUNT]
    assert service.inputs["acceptanceRequired"] is False
    assert recording.depends(service, recording.one("aws:lb/loadBalancer:LoadBalancer", "endpoints-milvus"))


@pytest.mark.parametrize(("access", "judged"), [(PLAIN, "off"), ({}, None)])
def test_security_groups_do_not_judge_addresses_of_vpcs_that_nobody_knows(
    access: dict[str, Any], judged: str | None
) -> None:
    balancer = offered(access).one("aws:lb/loadBalancer:LoadBalancer", "endpoints-milvus")
    assert balancer.inputs.get("enforceSecurityGroupInboundRulesOnPrivateLinkTraffic") == judged


def test_the_contract_names_the_service_and_the_name_that_is_verified() -> None:
    outputs = offered(NAMED).stack_outputs
    assert outputs["private_link_service_name"] == "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
    assert outputs["private_link_dns_name"] == "milvus.example.com"
    assert "private_link_dns_name" not in offered().stack_outputs
    assert "private_link_service_name" not in offered({}).stack_outputs


def test_aws_is_asked_to_verify_only_when_its_record_is_there() -> None:
    recording = offered(NAMED)
    record = recording.one("aws:route53/record:Record", "private-link-proof").inputs
    assert (record["name"], record["type"], record["records"]) == ("_proof.milvus.example.com", "TXT", ["vpce:proof"])
    verification = recording.one(VERIFICATION)
    assert verification.inputs["waitForVerification"] is True
    assert recording.depends(verification, recording.one("aws:route53/record:Record", "private-link-proof"))


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        (
            {"privateZone": True},
            r"Z0123456789ABC \(example.com\) is private: AWS verifies names by public records",
        ),
        ({"name": "example.org"}, "is the zone of example.org, which milvus.example.com is not in"),
    ],
)
def test_a_zone_that_can_prove_nothing_is_refused_before_anything_is_made(zone: dict[str, Any], why: str) -> None:
    with pytest.raises(pulumi.RunError, match=why) as refused:
        offered(NAMED, zone)
    assert "milvus-on-aws:access.domain.zoneId: " in str(refused.value)
    assert "nothing was created or changed" in str(refused.value)
