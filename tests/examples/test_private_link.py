"""A consumer in a VPC of its own connects through an endpoint, by the name that the certificate has."""

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from examples.consumer_stack.private_link import PrivateLink, PrivateLinkArgs
from milvus_contract import Contract
from tests.components.recording import Recording, record

SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
PLAIN = Contract(
    contract_version="1.2",
    target="aws",
    milvus_host="balancer.elb.us-east-1.amazonaws.com",
    milvus_port=19530,
    milvus_tls=False,
    private_link_service_name=SERVICE,
)
BY_TLS = replace(PLAIN, milvus_host="milvus.example.com", milvus_tls=True)


def consumer(contract: Contract) -> tuple[Recording, list[str]]:
    """What is registered, and the address."""
    found: list[str] = []

    def program() -> None:
        args = PrivateLinkArgs(
            milvus=pulumi.Output.from_input(contract).apply(lambda known: known),
            vpc_id="vpc-1",
            subnet_ids=["subnet-1"],
        )
        PrivateLink("milvus", args).milvus_uri.apply(found.append)

    outputs: dict[str, Any] = {ENDPOINT: {"dnsEntries": [{"dnsName": "vpce-1.vpce.amazonaws.com"}]}}
    return record(program, outputs=outputs), found


def test_the_endpoint_is_for_the_service_that_the_contract_names() -> None:
    recording, addresses = consumer(PLAIN)
    endpoint = recording.one(ENDPOINT).inputs
    assert (endpoint["serviceName"], endpoint["vpcEndpointType"]) == (SERVICE, "Interface")
    assert endpoint["privateDnsEnabled"] is False
    assert addresses == ["http://vpce-1.vpce.amazonaws.com:19530"]


def test_with_a_verified_name_clients_use_that_which_the_certificate_has() -> None:
    recording, addresses = consumer(replace(BY_TLS, private_link_dns_name="milvus.example.com"))
    assert recording.one(ENDPOINT).inputs["privateDnsEnabled"] is True
    assert addresses == ["https://milvus.example.com:19530"]


def test_only_members_of_the_clients_group_reach_the_endpoint_and_on_milvus_port_alone() -> None:
    recording, _ = consumer(PLAIN)
    (rule,) = recording.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (19530, 19530)
    assert recording.depends(rule, recording.one("aws:ec2/securityGroup:SecurityGroup", "milvus-clients"))


@pytest.mark.parametrize(
    ("contract", "why"),
    [
        (replace(PLAIN, private_link_service_name=None), "the producer offers no PrivateLink: set access.privateLink"),
        (
            BY_TLS,
            "names milvus.example.com, which is not this endpoint's: set access.privateLink.privateDns",
        ),
    ],
)
def test_what_can_not_work_is_refused_with_what_to_do(contract: Contract, why: str) -> None:
    with pytest.raises(pulumi.RunError, match=why):
        consumer(contract)
